"""A lead who rules while the server is killed, and what he was told of each ruling."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from relevance import door
from relevance.errors import NotFound, Unavailable


class Silent(Exception):
    """The server is not there, or ended before it answered: nothing is known about what happened."""


def knock(data: Path, act: str, **arguments: Any) -> Any:
    """An act in the running server. Unlike a command it never opens the store itself.

    Raises:
        Silent: nobody answered.
    """
    try:
        link = door._knock(data)
        if link is None:
            raise Silent("no server")
        with link:
            return door.Door(link, None).call(act, **arguments)
    except (OSError, Unavailable) as why:
        raise Silent(str(why)) from why
    except NotFound as why:
        if why.sentence == "There is no act called {name}.":  # a plain server, of the scene `second`
            raise Silent(str(why)) from why
        raise


@dataclass
class Lead:
    """Rules on disputes and questions. told: reason -> what the server confirmed. tried: reasons of all that was sent."""

    data: Path
    project: int
    rest: Callable[[], float]
    told: dict[str, dict[str, Any]] = field(default_factory=dict)
    tried: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)
    busy: bool = False

    async def work(self, until: Callable[[], bool], resting: asyncio.Event) -> None:
        """Rules until it is over, and not while everybody rests (`resting` is not set)."""
        for number in itertools.count():
            await resting.wait()
            if until():
                return
            reason = f"ruling {number}"
            self.busy = True
            try:
                self.tried.add(reason)
                said = await asyncio.to_thread(knock, self.data, "torture.rule", project=self.project, reason=reason)
                if said is None:
                    self.tried.discard(reason)
                else:
                    self.told[reason] = said
            except Silent:
                pass  # he looks at the list again: the ruling is there, or it is not
            except Exception as wrong:
                self.errors.append(f"{reason}: {wrong}")
            finally:
                self.busy = False
            await asyncio.sleep(self.rest())

    def compared(
        self, decisions: list[tuple[Any, ...]], answers: list[tuple[Any, ...]], told: dict[str, Any] | None = None
    ) -> tuple[list[str], list[str]]:
        """What was confirmed and is not as it was said; what is there twice or was never sent.

        Args:
            decisions: id, item, kind, level, reason of all.
            answers: question and text of all answers to questions.
            told: what is looked for; by default all that was confirmed.
        """
        by_id, texts = {row[0]: tuple(row[1:]) for row in decisions}, dict(answers)
        lost = []
        for reason, said in (self.told if told is None else told).items():
            if "question" in said:
                if texts.get(said["question"]) != reason:
                    lost.append(f"{reason}: the answer to question {said['question']} is {texts.get(said['question'])}")
            elif by_id.get(said["decision"]) != (said["item"], said["kind"], said["level"], reason):
                lost.append(f"{reason}: decision {said['decision']} is {by_id.get(said['decision'])}, said was {said}")
        there = Counter(row[4] for row in decisions)
        wrong = [f"{reason} is there {n} times" for reason, n in there.items() if n > 1]
        return lost, wrong + [f"{reason} was never sent" for reason in {*there, *texts.values()} - self.tried]
