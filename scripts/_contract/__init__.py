"""The contract: `openapi.yaml` and `sdk.yaml`, read, checked and joined. Imports nothing of `titan`."""
