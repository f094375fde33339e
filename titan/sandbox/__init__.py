"""A local Titan: stateful, in memory, without a phone. Needs `pip install "titan-sdk[sandbox]"`.

    from titan.sandbox import Sandbox

    with Sandbox(scan_after=3) as titan:
        client = TitanClient(base_url=titan.base_url, api_key=titan.api_key)

`python -m titan.sandbox` runs the same until Ctrl-C.
"""

try:
    from .errors import SandboxError
    from .server import Sandbox
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] == "titan":
        raise
    raise ImportError(f'titan.sandbox needs {error.name}: pip install "titan-sdk[sandbox]"') from error

__all__ = ["Sandbox", "SandboxError"]
