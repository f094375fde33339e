# generated from openapi.yaml and sdk.yaml by scripts/generate; do not edit
"""The classes below the services that have helpers, and what is generated of all services.

They may import what `titan.services` may.
"""
