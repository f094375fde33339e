"""The way to the server: requests, retries, deadlines, logs. The only package that imports httpx."""
