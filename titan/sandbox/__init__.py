"""A local Titan: stateful, in memory, without a phone. Needs the extra `sandbox`.

    from titan.sandbox import Sandbox

    with Sandbox(scan_after=3) as titan:
        client = TitanClient(base_url=titan.base_url, api_key=titan.api_key)

`titan-sandbox`, and `python -m titan.sandbox`, run the same until Ctrl-C.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .base.errors import SandboxError
    from .base.settings import Options
    from .control.event_maker import SignedEvent
    from .server.endpoint import Subscription, TitanWebhook
    from .server.sandbox import Sandbox

__all__ = ["Options", "Sandbox", "SandboxError", "SignedEvent", "Subscription", "TitanWebhook"]

if not TYPE_CHECKING:

    def __getattr__(name):
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        try:
            from .base.errors import SandboxError
            from .base.settings import Options
            from .control.event_maker import SignedEvent
            from .server.endpoint import Subscription, TitanWebhook
            from .server.sandbox import Sandbox
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] == "titan":
                raise
            from .._distribution import install_hint

            raise ImportError(f"titan.sandbox needs {error.name}: {install_hint('sandbox')}") from error
        globals().update(
            Options=Options,
            Sandbox=Sandbox,
            SandboxError=SandboxError,
            SignedEvent=SignedEvent,
            Subscription=Subscription,
            TitanWebhook=TitanWebhook,
        )
        return globals()[name]


def __dir__() -> "list[str]":
    return sorted({*globals(), *__all__})
