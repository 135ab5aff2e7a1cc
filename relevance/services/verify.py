"""Proving that what the store says agrees with its records.

States, labels and counters are derived; here they are derived once more from the records alone, and every reference,
key and promise is checked. An empty list is the proof.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from relevance.services.verify_meeting import QUERIES as MEETING
from relevance.services.verify_qualification import QUERIES as QUALIFICATION
from relevance.services.verify_rules import QUERIES as RULES
from relevance.services.verify_states import states
from relevance.services.verify_team import QUERIES as TEAM
from relevance.services.verify_triage import QUERIES as TRIAGE
from relevance.store.live import Live
from relevance.store.load import count, load_projects
from relevance.store.store import Store

TRIES = 5


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not agree: which check, on what, and the difference."""

    check: str
    what: str
    detail: str


# Each query finds nothing in a sound store. (check, what it is about, SQL giving (what, detail))
QUERIES: tuple[tuple[str, str], ...] = (
    (
        "answer belongs to its assignment",
        """select answer.assignment, 'item ' || answer.item || ', grader ' || answer.grader from answer
           left join assignment on assignment.id = answer.assignment
           where assignment.id is null or assignment.item <> answer.item or assignment.grader <> answer.grader
              or assignment.purpose <> answer.purpose or assignment.round <> answer.round""",
    ),
    (
        "nobody has an item twice in a round and purpose",
        """select item, 'grader ' || grader || ', ' || count(*) || ' assignments' from assignment
           group by item, grader, round, purpose having count(*) > 1""",
    ),
    (
        "no more grades count than the policy's cap, an overlap or a return allowed",
        # By first answers: who takes a flag back and gives a grade instead adds one that nobody gave out too many of.
        """select answer.item, count(*) || ' count' from answer join item on item.id = answer.item
           left join batch on batch.id = item.batch
           where seq = 0 and counts and purpose = 'work' and level is not null
             and assignment not in (select assignment from exclusion_answer) group by answer.item, answer.round
           having count(*) > greatest(
               (select max(greatest(cap, overlap)) from policy where project = any_value(item.project)),
               coalesce(any_value(item.overlap), 0), coalesce(any_value(batch.overlap), 0))
               + coalesce((select sum(extra) from decision where decision.item = answer.item), 0)""",
    ),
    (
        "an assignment counts for one item at one time",
        """select assignment, 'counts changed between corrections' from answer
           group by assignment having min(counts) <> max(counts)""",
    ),
    ("an answer's item exists", "select item, 'no item' from answer where item not in (select id from item)"),
    ("an item's clip exists", "select id, 'clip ' || clip from item where clip not in (select id from clip)"),
    (
        "an item's keyword exists",
        "select id, 'keyword ' || keyword from item where keyword not in (select id from keyword)",
    ),
    ("an item's batch exists", "select id, 'batch ' || batch from item where batch not in (select id from batch)"),
    ("an item's import exists", "select id, 'import ' || import from item where import not in (select id from import)"),
    ("an event's item exists", "select id, 'item ' || item from item_event where item not in (select id from item)"),
    ("a decision's item exists", "select id, 'item ' || item from decision where item not in (select id from item)"),
    ("a clip's source exists", "select id, 'source ' || source from clip where source not in (select id from source)"),
    (
        "a member's account exists",
        "select id, 'account ' || account from member where account not in (select id from account)",
    ),
    (
        "a grade's policy is its project's",
        """select assignment, 'policy ' || policy from answer join policy on policy.id = answer.policy
           join item on item.id = answer.item where policy.project <> item.project""",
    ),
    (
        "an event's policy is its project's",
        """select item_event.id, 'policy ' || policy from item_event left join policy on policy.id = item_event.policy
           join item on item.id = item_event.item where policy.project is distinct from item.project""",
    ),
    (
        "a policy stands on every grade",
        "select assignment, 'policy ' || policy from answer where policy not in (select id from policy)",
    ),
    (
        "a guideline stands on every grade",
        "select assignment, 'guideline ' || guideline from answer where guideline <> 0 and guideline not in (select id from guideline)",
    ),
    (
        "an item is imported once",
        """select any_value(id), count(*) || ' items of one clip, keyword and range' from item
           where import in (select id from import where committed_at is not null)
           group by project, clip, keyword, start_ms, end_ms having count(*) > 1""",
    ),
    (
        "one open question a clip or keyword",
        """select subject, kind || ', ' || count(*) || ' open' from question
           where id not in (select question from question_answer) group by project, kind, subject having count(*) > 1""",
    ),
)


def verify(store: Store) -> list[Fault]:
    """All that does not agree in an open store; nothing is changed. Graders may go on meanwhile."""
    faults: list[Fault] = []
    with store.reader(snapshot=True) as reader:
        for check, sql in (*QUERIES, *TEAM, *QUALIFICATION, *MEETING, *TRIAGE, *RULES):
            faults.extend(Fault(check, str(what), str(detail)) for what, detail in reader.all(sql))
        fresh = Live(timedelta(0))
        load_projects(reader, fresh)
        faults.extend(
            Fault("an item's state follows from its records", str(item), differs)
            for item, differs in states(reader, fresh)
        )
    faults.extend(
        Fault("what was graded is in its tables", str(number), "refused; it stays in intake")
        for number in store.refused
    )
    faults.extend(
        Fault("counters agree with the records", str(key), f"{counted} counted, {recorded} recorded")
        for key, (counted, recorded) in _counters(store).items()
    )
    return faults


def _counters(store: Store) -> dict[tuple[Any, ...], tuple[int, int]]:
    """Counters that differ from the records: (counted, recorded).

    An act counts before its rows are committed, so that while graders go on a counter may be ahead for a moment. Only
    what differs by the same every time is a fault.
    """
    left: dict[tuple[Any, ...], tuple[int, int]] | None = None
    for _ in range(TRIES):
        counted = dict(store.live.counts)
        fresh = Live(timedelta(0))
        with store.reader(snapshot=True) as reader:
            load_projects(reader, fresh)
            count(reader, fresh)
        differ = {
            key: (counted.get(key, 0), fresh.counts[key])
            for key in counted.keys() | fresh.counts.keys()
            if counted.get(key, 0) != fresh.counts[key]
        }
        if left is not None:
            differ = {
                key: pair
                for key, pair in differ.items()
                if key in left and pair[0] - pair[1] == left[key][0] - left[key][1]
            }
        left = differ
        if not left:
            break
        store.act(lambda _: None)  # what was under way is committed now, however slow the disk
    return left or {}
