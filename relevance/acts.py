"""The acts that commands may ask for, by name: functions `(runtime, **json) -> json`."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from relevance import services
from relevance.errors import NotFound

if TYPE_CHECKING:
    from relevance.runtime import Runtime

Function = TypeVar("Function", bound=Callable[..., Any])
OFFERING = ("relevance.demo.act",)  # besides all of relevance/services
_acts: dict[str, Callable[..., Any]] = {}


def command_act(name: str) -> Callable[[Function], Function]:
    """Offers a function to commands under a name."""

    def offer(function: Function) -> Function:
        _acts[name] = function
        return function

    return offer


def load() -> None:
    """Imports all that offers acts."""
    found = [module.name for module in pkgutil.iter_modules(services.__path__, f"{services.__name__}.")]
    for module in (*found, *OFFERING):
        import_module(module)


def run(runtime: Runtime, name: str, arguments: dict[str, Any]) -> Any:
    """Runs an act.

    Raises:
        NotFound: there is none of this name.
    """
    if name not in _acts:
        load()
    if name not in _acts:
        raise NotFound("There is no act called {name}.", name=name)
    return _acts[name](runtime, **arguments)
