"""The acts that commands may ask for, by name: functions `(runtime, **json) -> json`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from relevance.errors import NotFound

if TYPE_CHECKING:
    from relevance.runtime import Runtime

Function = TypeVar("Function", bound=Callable[..., Any])
# Where acts are, in the order in which one is looked for: a command imports no more than it needs, which is half its start.
OFFERING = (
    "relevance.services.exchange_commands",
    "relevance.services.commands",
    "relevance.services.command_users",
    "relevance.services.ingest",
    "relevance.demo.act",
)
_acts: dict[str, Callable[..., Any]] = {}


def command_act(name: str) -> Callable[[Function], Function]:
    """Offers a function to commands under a name."""

    def offer(function: Function) -> Function:
        _acts[name] = function
        return function

    return offer


def run(runtime: Runtime, name: str, arguments: dict[str, Any]) -> Any:
    """Runs an act.

    Raises:
        NotFound: there is none of this name.
    """
    for module in OFFERING:
        if name in _acts:
            break
        import_module(module)
    if name not in _acts:
        raise NotFound("There is no act called {name}.", name=name)
    return _acts[name](runtime, **arguments)
