"""The server that is killed: the product's own `serve`, a process of its own, forked from one that has its modules.

A start then costs a fifth of the processor time, so that there can be more kills in an hour; what is killed and what it
does to its files is the same. It also knows the torture's own acts (tests/torture/acts.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.nursery import Child, Nursery
from tests.traffic import Server

SERVE = (
    "import runpy, sys, tests.torture.acts; sys.argv = ['relevance', 'serve'];"
    " runpy.run_module('relevance', run_name='__main__', alter_sys=True)"
)


@dataclass
class ForkedServer(Server):
    """The real server; what it is forked from has `more` in its environment, and is started at the first start."""

    nursery: Nursery | None = field(default=None, init=False)

    def launch(self, given: dict[str, str]) -> Child:
        """The process, begun."""
        if self.nursery is None:
            self.nursery = Nursery(**self.more)
        return Child(["-c", SERVE], given, self.log, self.nursery)

    def close(self) -> None:
        """Ends what servers are forked from."""
        if self.nursery is not None:
            self.nursery.close()
            self.nursery = None
