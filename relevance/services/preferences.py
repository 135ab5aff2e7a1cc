"""What a person has set for himself: language, speed, order of the keys, last project."""

from __future__ import annotations

import json
from typing import Any

from relevance.errors import BadInput, NotFound
from relevance.roles import Actor
from relevance.store.store import Store, Tx
from relevance.texts import LANGUAGES


def set_language(store: Store, actor: Actor, language: str) -> None:
    """The language of one's own screens."""
    if language not in LANGUAGES:
        raise BadInput("The language is {value}; allowed are zh and en.", value=language)

    def act(tx: Tx) -> None:
        tx.new_act("account.language", actor, None, language=language)
        tx.execute("update person set language = ? where account = ?", [language, actor.account])

    store.act(act)


def of(store: Store, actor: Actor) -> dict[str, Any]:
    """What a person has set for himself (speed, key order, last project)."""
    with store.reader(graded=False) as reader:
        text = reader.value("select preferences from person where account = ?", [actor.account])
    return dict(json.loads(text)) if text else {}


def change(store: Store, actor: Actor, **values: Any) -> None:
    """Changes some of them; None takes one out."""

    def act(tx: Tx) -> None:
        text = tx.value("select preferences from person where account = ?", [actor.account])
        if text is None:
            raise NotFound("There is no account {account}.", account=actor.account)
        had = json.loads(text)
        now = {key: value for key, value in {**had, **values}.items() if value is not None}
        if now != had:
            tx.new_act("account.preferences", actor, None, names=sorted(values))
            tx.execute(
                "update person set preferences = ? where account = ?",
                [json.dumps(now, ensure_ascii=False), actor.account],
            )

    store.act(act)
