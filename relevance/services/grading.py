"""The grade loop: claim items, answer them, keep them while at work, let them go.

Each function is one act in the writer's transaction. An answer's key is (assignment, sequence): the same again is
answered as the first time, the same with other content is an error, and none is ever changed.
"""

from __future__ import annotations

import hashlib
import json
import math
from concurrent.futures import Future
from dataclasses import dataclass, field, fields
from datetime import timedelta

from relevance.clock import day_of
from relevance.errors import BadInput, Conflict, NotAllowed, NotFound
from relevance.items import HANDED_BACK, QUESTION_FLAGS
from relevance.roles import Act, Actor, require
from relevance.services import gold_stream, propagation
from relevance.services.leased import Lease, Work, work_of
from relevance.services.states import restate
from relevance.store.live import AuditPlace, Given, LiveItem
from relevance.store.load import load_item
from relevance.store.store import Store, Tx

FLAGS = ("bad_clip", "unclear_keyword", "no_rule", "other", HANDED_BACK)
MOST_LEASES = 3
LONGEST_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a grader said of one assignment. Times are milliseconds, `watched_share` 0 to 1.

    `seq` is 0 for the first answer of an assignment; each correction has the next one.
    """

    assignment: int
    seq: int
    level: int | None = None
    flag: str | None = None
    flag_text: str | None = None
    note: str | None = None
    rule: str | None = None
    evidence_ms: tuple[int, ...] = ()
    shown_ms_ago: int | None = None
    first_frame_ms: int | None = None
    decision_ms: int | None = None
    watched_ms: int | None = None
    watched_share: float | None = None
    speed: float | None = None
    client: str | None = None

    def digest(self) -> str:
        """What tells this answer from another under the same key. The time that it took to arrive does not count."""
        said = {key: getattr(self, key) for key in _SAID}
        return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:32]

    def checked(self) -> Answer:
        """This answer, if it can be taken.

        Raises:
            BadInput: neither a level nor a flag, or a value outside its range.
        """
        if self.level is None and self.flag is None:
            raise BadInput("An answer needs a level or a flag.")
        if self.level is not None and self.level not in (0, 1, 2, 3):
            raise BadInput("The level {level} is none of 0, 1, 2, 3.", level=self.level)
        if self.flag is not None and self.flag not in FLAGS:
            raise BadInput("The flag {flag} is none of {flags}.", flag=self.flag, flags=", ".join(FLAGS))
        if not 0 <= self.seq < 32000:
            raise BadInput("The sequence {seq} must be from 0 to 31999.", seq=self.seq)
        for name in ("flag_text", "note", "rule", "client"):
            text = getattr(self, name)
            if text is not None and len(text) > LONGEST_TEXT:
                raise BadInput("{name} is longer than {most} characters.", name=name, most=LONGEST_TEXT)
            if text is not None and any("\ud800" <= char <= "\udfff" for char in text):
                raise BadInput("{name} holds half a character; it can't be stored.", name=name)
        if len(self.evidence_ms) > 50:
            raise BadInput("More than 50 evidence times.")
        for name in ("shown_ms_ago", "first_frame_ms", "decision_ms", "watched_ms", "watched_share", "speed"):
            value = getattr(self, name)
            if value is not None and (not math.isfinite(value) or value < 0 or value > 2**31 - 1):
                raise BadInput("{name} is {value}; it must be a number from 0 to 2147483647.", name=name, value=value)
        return self


_SAID = tuple(one.name for one in fields(Answer) if one.name != "shown_ms_ago")


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of an answer. `why_not` says why it does not count: expired, disputed, settled, decided, withdrawn."""

    assignment: int
    seq: int
    counted: bool
    why_not: str | None
    again: bool = False
    feedback: gold_stream.Feedback | None = None  # where the policy tells at once what gold should have been


@dataclass(frozen=True, slots=True)
class Claimed:
    """A tab's work, oldest lease first; where it is empty, why: paused, no_items, nothing_left, all_yours, held."""

    work: tuple[Work, ...]
    why_none: str | None = None
    expires_in_s: float = 0.0
    leases: tuple[Lease, ...] = field(default=())


Claims = tuple[list[Lease], str | None]  # a tab's leases, and why there are none


def claim(store: Store, actor: Actor, project: int, tab: str, want: int = MOST_LEASES) -> Claimed:
    """The live leases of a tab, topped up to `want` (at most 3).

    Raises:
        NotAllowed: the actor is no grader of the project.
        NotFound: there is no such project.
    """
    leases, why = submit_claim(store, actor, project, tab, want).result()
    return Claimed(work_of(store, leases), why, store.live.lease.total_seconds(), tuple(leases))


def submit_claim(store: Store, actor: Actor, project: int, tab: str, want: int) -> Future[Claims]:
    """The act of `claim`, queued: its leases, and why there are none; without what the player shows of them.

    Raises:
        NotAllowed: the actor is no grader of the project.
        BadInput: the tab has no name, or one of more than 64 characters.
    """
    require(actor, Act.GRADE, project)
    name = checked_tab(tab)
    return store.submit(lambda tx: claim_in(tx, actor, project, name, want))


def checked_tab(tab: str) -> str:
    """A tab's name.

    Raises:
        BadInput: it has none, or one of more than 64 characters.
    """
    if not tab or len(tab) > 64:
        raise BadInput("A tab needs a name of 1 to 64 characters.")
    return tab


def claim_in(tx: Tx, actor: Actor, project: int, tab: str, want: int) -> Claims:
    """The act of `claim`, to be run in the writer's transaction: the leases, and why there are none."""
    live = tx.live
    at = live.projects.get(project)
    if at is None:
        raise NotFound("There is no project {project}.", project=project)
    live.expire(tx.now)
    live.seen[project, actor.account] = tx.now
    if at.paused:
        return [], "paused"
    held = [(given, item) for given, item in live.held_by(actor.account, tab) if item.project == project]
    for given, _ in held:
        live.extend(given, tx.now)
    barred = live.bars(project, actor.account, tx.now)
    while barred is None and len(held) < min(want, MOST_LEASES):
        taken = _take(tx, actor.account, project, tab)
        if taken is None:
            break
        held.append(taken)
    leases = [Lease(given.id, item.id, given.seq + 1, given.expires or tx.now, given.batch) for given, item in held]
    return leases, None if leases else barred or _why_none(tx, actor.account, project)


def _take(tx: Tx, grader: int, project: int, tab: str) -> tuple[Given, LiveItem] | None:
    """Leases the next item to a person: an audit that waits for somebody like him, else what the line gives."""
    live, at = tx.live, tx.live.projects[project]
    if (unseen := gold_stream.due(tx, at, grader, tab)) is not None:
        return unseen
    taken, purpose = at.audits.take(grader), "audit"
    if taken is None:
        taken, purpose = at.line.take(grader), "work"
        gold_stream.took_work(at, grader, taken is not None)
    if taken is None:
        return None
    match taken.item:
        case (fresh, clip):
            item = live.untouched(project, taken.batch, taken.keyword, fresh, clip)
        case AuditPlace():
            item = taken.item.item
        case LiveItem():
            item = taken.item
        case other:
            raise TypeError(other)
    live.touch(item)
    given = item.of(grader, purpose)
    if given is None:
        given = Given(tx.new_id("assignment"), grader, purpose)
        tx.insert(
            "assignment",
            id=given.id,
            item=item.id,
            grader=grader,
            purpose=purpose,
            round=item.round,
            tab=tab,
            leased_at=tx.now,
        )
    live.lease_to(item, given, tab, tx.now)
    live.file(item)
    live.place(item)
    gold_stream.has_had(tx, at, grader, item.id)
    return given, item


def _why_none(tx: Tx, grader: int, project: int) -> str:
    at = tx.live.projects[project]
    if at.held and (any(at.parked.values()) or at.line.held_back()):
        return "held"
    if at.line.waiting():
        return "all_yours"
    return "nothing_left" if any(batch.project == project for batch in tx.live.batches.values()) else "no_items"


def answer(store: Store, actor: Actor, said: Answer) -> Accepted:
    """Takes an answer, once. See `submit_answer` for one that does not wait.

    Raises:
        BadInput: the answer has a value out of range.
        NotFound: there is no such assignment.
        NotAllowed: it is another grader's.
        Conflict: another answer has this assignment and sequence.
    """
    said.checked()
    return store.act(lambda tx: take_answer(tx, actor, said))


def take_answer(tx: Tx, actor: Actor, said: Answer) -> Accepted:
    """The act of `answer`, to be run in the writer's transaction."""
    live = tx.live
    given, item = _assignment(tx, actor, said.assignment)
    if given.seq >= 0 or not (given.expires is not None and said.seq == 0):
        earlier = tx.one(
            "select digest, counts, why_not from answer where assignment = ? and seq = ?", [said.assignment, said.seq]
        )
        if earlier is not None:
            if earlier[0] != said.digest():
                raise Conflict(
                    "Another answer was already sent under assignment {assignment}, sequence {seq}; it stays.",
                    assignment=said.assignment,
                    seq=said.seq,
                )
            feedback = (
                gold_stream.told(tx, said.assignment, said.level) if given.purpose == "gold" and said.seq == 0 else None
            )
            return Accepted(said.assignment, said.seq, earlier[1], earlier[2], again=True, feedback=feedback)
    at = live.projects[item.project]
    live.touch(item)
    counts, why_not = (given.counts, None) if given.answered else _counts(item, given, said)
    if given.answered and not counts:
        why_not = "surplus"
    if given.expires is not None:
        live.end_lease(item, given)
    first, before = not given.answered, given.level
    if said.seq > given.seq:
        given.seq, given.level, given.flag, given.counts = said.seq, said.level, said.flag, counts
    tx.insert(
        "answer",
        assignment=said.assignment,
        seq=said.seq,
        item=item.id,
        grader=given.grader,
        purpose=given.purpose,
        round=item.round,
        level=said.level,
        flag=said.flag,
        flag_text=said.flag_text,
        note=said.note,
        rule=said.rule,
        evidence_ms=json.dumps(list(said.evidence_ms)),
        counts=counts,
        why_not=why_not,
        policy=at.policy_id,
        guideline=at.guideline_id,
        shown_at=None if said.shown_ms_ago is None else tx.now - timedelta(milliseconds=said.shown_ms_ago),
        first_frame_ms=said.first_frame_ms,
        decision_ms=said.decision_ms,
        watched_ms=said.watched_ms,
        watched_share=said.watched_share,
        speed=said.speed,
        client=said.client,
        digest=said.digest(),
        made_at=tx.now,
    )
    regraded = False
    if given.purpose == "audit" and said.level is not None and not given.excluded:
        item.audit = False  # a flag alone does not do: somebody else's grade is still wanted
        if item.sampled:
            item.sampled, regraded = False, True
    _count_answer(tx, item, given, said, counts)
    live.seen[item.project, actor.account] = live.last_answer[item.project, actor.account] = tx.now
    if said.flag in QUESTION_FLAGS:
        _question(tx, item, QUESTION_FLAGS[said.flag])
    restate(tx, item, act=0)
    if regraded:
        propagation.regraded(tx, item)
    feedback = gold_stream.answered(tx, at, given, item, said.level, before, first) if said.seq >= given.seq else None
    return Accepted(said.assignment, said.seq, counts, why_not, feedback=feedback)


def _assignment(tx: Tx, actor: Actor, assignment: int) -> tuple[Given, LiveItem]:
    """An assignment and its item, at hand or from the records; only its own grader's."""
    held = tx.live.leases.get(assignment)
    if held is None:
        row = tx.one("select item, grader from assignment where id = ?", [assignment])
        if row is None:
            raise NotFound("There is no assignment {assignment}.", assignment=assignment)
        item = tx.live.get(row[0]) or load_item(tx, tx.live, row[0])
        if item is None or assignment not in item.given:
            raise NotFound("There is no assignment {assignment} in the present round.", assignment=assignment)
        held = item.given[assignment], item
    if held[0].grader != actor.account:
        raise NotAllowed("Assignment {assignment} is another grader's.", assignment=assignment)
    require(actor, Act.GRADE, held[1].project)
    return held


def _counts(item: LiveItem, given: Given, said: Answer) -> tuple[bool, str | None]:
    """Whether a first answer counts, and if not, why: decided here, in the writer, once and for all."""
    if said.flag == HANDED_BACK and said.level is None:
        return False, HANDED_BACK
    if given.purpose != "work":
        return True, None
    if item.standing.state != "open":
        return False, item.standing.state
    if given.expires is not None:
        return True, None
    wanted = item.standing.wanted - item.standing.n - item.leases()
    return (True, None) if wanted > 0 else (False, "expired")


def _count_answer(tx: Tx, item: LiveItem, given: Given, said: Answer, counts: bool) -> None:
    live = tx.live
    key = ("grader", item.project, given.grader, day_of(tx.now, live.projects[item.project].time_zone))
    if said.seq > 0:
        live.count((*key, "corrections"))
        return
    live.count((*key, "answers"))
    if said.flag is not None:
        live.count((*key, "flags"))
    if not counts and given.purpose == "work":
        live.count((*key, "surplus"))
    if said.decision_ms:
        live.count((*key, "worked_ms"), min(said.decision_ms, 600_000))


def _question(tx: Tx, item: LiveItem, kind: str) -> None:
    """Opens one question for the clip or keyword, unless one is open; its other items are held."""
    subject = item.clip if kind == "clip" else item.keyword
    if (kind, subject) not in tx.live.projects[item.project].held:
        question = tx.new_id("question")
        tx.insert("question", id=question, project=item.project, kind=kind, subject=subject, made_at=tx.now)
        tx.live.hold(item.project, kind, subject, question)


def heartbeat(store: Store, actor: Actor, project: int, tab: str) -> list[int]:
    """A sign of life: the tab's leases run from now. Returns the assignments that are still leased to it."""
    require(actor, Act.GRADE, project)

    def act(tx: Tx) -> list[int]:
        tx.live.expire(tx.now)
        tx.live.seen[project, actor.account] = tx.now
        held = tx.live.held_by(actor.account, tab)
        for given, _ in held:
            tx.live.extend(given, tx.now)
        return [given.id for given, _ in held]

    return store.act(act)


def release(store: Store, actor: Actor, tab: str | None = None) -> int:
    """Lets a tab's leases go (None: all of the person's, at sign-out), so that nobody waits for them."""

    def act(tx: Tx) -> int:
        held = tx.live.held_by(actor.account, tab)
        for given, item in held:
            tx.live.touch(item)
            tx.live.let_go(item, given)
            tx.live.file(item)
            tx.live.place(item)
        return len(held)

    return store.act(act)


def ask(store: Store, actor: Actor, assignment: int, text: str, request: str) -> int:
    """A question to the lead about an item, without leaving the run. The same request again asks once."""
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise BadInput("A question has 1 to {most} characters.", most=LONGEST_TEXT)

    def act(tx: Tx) -> int:
        digest = hashlib.sha256(f"{actor.account}:{assignment}:{text}".encode()).hexdigest()[:32]
        _, item = _assignment(tx, actor, assignment)
        earlier = tx.one("select digest, result from receipt where request = ?", [request])
        if earlier is not None:
            if earlier[0] != digest:
                raise Conflict("Another request was already sent as {request}.", request=request)
            return int(earlier[1])
        asked = tx.new_id("ask")
        tx.insert(
            "ask",
            id=asked,
            assignment=assignment,
            item=item.id,
            grader=actor.account,
            project=item.project,
            text=text.strip(),
            made_at=tx.now,
        )
        tx.insert("receipt", request=request, digest=digest, result=str(asked), made_at=tx.now)
        return asked

    return store.act(act)
