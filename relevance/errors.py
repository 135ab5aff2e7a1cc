"""What can go wrong, named for what a caller does about it.

An error is raised where it happens with an English sentence that has named places (`{file}`, `{row}`), and is caught
once, at the door: page, route or command. The door says it in the reader's language: the sentence is the key of the
gettext catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from relevance.texts import N_


class RelevanceError(Exception):
    """The root of all errors that we raise on purpose.

    >>> str(BadInput("{file}, row {row}: no such clip.", file="a.csv", row=3))
    'a.csv, row 3: no such clip.'
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500

    def __init__(self, sentence: str, /, **values: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.values = values

    def say(self, translate: Callable[[str], str] = lambda text: text) -> str:
        """The sentence in the reader's language, its places filled in."""
        return translate(self.sentence).format(**self.values) if self.values else translate(self.sentence)

    def __str__(self) -> str:
        return self.say()


class NotAllowed(RelevanceError):
    """The actor has no right to this act: tell him, change nothing."""

    code = "not-allowed"
    status = 403


class NotFound(RelevanceError):
    """There is no such thing, or none that this actor may know of."""

    code = "not-found"
    status = 404


class Stale(RelevanceError):
    """Somebody else was first: show the present state and ask again."""

    code = "stale"
    status = 409


class Conflict(RelevanceError):
    """The same request id came with other content: a fault of the client."""

    code = "conflict"
    status = 409


class Unavailable(RelevanceError):
    """Not now (paused, closing, disk full): the client keeps what it has and tries again."""

    code = "unavailable"
    status = 503


class BadSetting(RelevanceError):
    """A setting has a value that is not allowed: the start stops."""

    code = "bad-setting"


@dataclass(frozen=True, slots=True)
class Place:
    """One fault in an input and where it is. `row` is the line number; the header is row 1."""

    sentence: str
    file: str = ""
    row: int | None = None
    column: str | None = None
    value: str | None = None
    values: tuple[tuple[str, Any], ...] = ()

    def say(self, translate: Callable[[str], str] = lambda text: text) -> str:
        """The fault as one line: `items.csv, row 31, column 视频: no clip is called ...`."""
        head = [self.file] if self.file else []
        if self.row is not None:
            head.append(translate(N_("row {row}")).format(row=self.row))
        if self.column is not None:
            head.append(translate(N_("column {column}")).format(column=self.column))
        text = translate(self.sentence).format(value=self.value, **dict(self.values))
        return f"{', '.join(head)}: {text}" if head else text


class BadInput(RelevanceError):
    """What was given is wrong; nothing was changed. `places` holds each fault (the first 100) and `count` them all."""

    code = "bad-input"
    status = 422

    def __init__(
        self, sentence: str, /, *, places: Sequence[Place] = (), count: int | None = None, **values: Any
    ) -> None:
        super().__init__(sentence, **values)
        self.places = tuple(places)
        self.count = len(self.places) if count is None else count
