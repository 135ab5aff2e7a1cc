"""What rang, and when: noted once in the log of acts, so that analysts can count alerts and what was done about them.

An alert stands while its test does; here its first ringing is kept, until somebody has acted on it or a month has gone by.
"""

from __future__ import annotations

from datetime import timedelta

from relevance.roles import SYSTEM
from relevance.services.team import DAYS, Alert, keep
from relevance.store.store import Reader, Store, Tx

RANG = "alert.rang"  # the act's name


def note(store: Store, project: int) -> int:
    """Notes the alerts of a project that ring and were not noted yet. Returns how many.

    For who runs it behind: the team is read for it and kept, so that its page is there at once.
    """
    found = keep(store, project).alerts
    if not found:
        return 0
    with store.reader() as reader:
        if not _new(reader, store, project, found):
            return 0

    def act(tx: Tx) -> int:
        fresh = _new(tx, store, project, found)
        for one in fresh:
            tx.new_act(
                RANG, SYSTEM, project, grader=one.grader, kind=one.kind, rang_at=one.at.isoformat(),
                since=one.since.isoformat(), n=one.n, value=round(one.value, 6), usual=round(one.usual, 6),
                odds=round(one.odds, 1), needed=round(one.needed, 1), level=one.level, partner=one.partner,
            )  # fmt: skip
        return len(fresh)

    return store.act(act)


def _new(reader: Reader | Tx, store: Store, project: int, found: tuple[Alert, ...]) -> list[Alert]:
    """Those that nobody noted since the last act on them, nor within a month."""
    noted = {
        (grader, kind)
        for grader, kind in reader.all(
            """select grader, kind from (
                   select (detail->>'grader')::bigint as grader, detail->>'kind' as kind, max(made_at) as at from act
                   where name = ? and project = ? and made_at > ? group by all) rang
               where not exists (select 1 from alert_act where alert_act.project = ? and alert_act.grader = rang.grader
                                 and alert_act.kind = rang.kind and alert_act.made_at >= rang.at)""",
            [RANG, project, store.clock.now() - timedelta(days=DAYS), project],
        )
    }
    return [one for one in found if (one.grader, one.kind) not in noted]
