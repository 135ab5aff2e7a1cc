"""Who may do what: one table of acts, pages and routes by role, and nothing that is not in it.

An account is an administrator or not; all other roles are held in a project. An act that a role is not named for is
refused, a page or route that is not in the table is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from relevance.errors import NotAllowed


class Role(StrEnum):
    """A person's part in a project."""

    GRADER = "grader"
    LEAD = "lead"
    CLIENT = "client"
    SPECIALIST = "specialist"
    ANALYST = "analyst"


ADMIN = "admin"  # a property of the account, in every project
SIGNED_IN = "signed-in"  # whoever has an account that is not disabled


class Act(StrEnum):
    """What can be done, as services ask for it."""

    OWN_ACCOUNT = "own-account"  # change one's password and language, sign out
    GRADE = "grade"
    ASK = "ask"
    SEE_GUIDELINE = "see-guideline"
    SEE_CLIP = "see-clip"  # any clip of the project; graders see those of their own items only
    SEE_DISPUTES = "see-disputes"
    DECIDE = "decide"
    SETTLE_CLUSTER = "settle-cluster"  # those that the project's setting leaves to a specialist; a lead all
    TRIAGE = "triage"  # correct causes, split and merge clusters, ask the client
    ANSWER_QUESTION = "answer-question"
    MAKE_RULE = "make-rule"  # precedents, examples and drafts of the guideline
    SUPERSEDE = "supersede"  # put a precedent in another's place, apart from a decision
    REPLY = "reply"  # to what a grader asked about an item
    SEE_MEETINGS = "see-meetings"  # those that one belongs to; leads all of their project's
    RUN_MEETING = "run-meeting"
    SEE_OVERVIEW = "see-overview"
    MANAGE_PROJECT = "manage-project"  # policy, pause
    MANAGE_MEMBERS = "manage-members"
    MANAGE_BATCHES = "manage-batches"
    PUBLISH_GUIDELINE = "publish-guideline"
    IMPORT = "import"
    INGEST = "ingest"
    EXPORT = "export"
    SNAPSHOT = "snapshot"
    ADD_PROJECT = "add-project"
    MANAGE_USERS = "manage-users"
    BACKUP = "backup"
    SEE_TEAM = "see-team"  # what each grader's work is worth: scorecards, alerts, the month's sheet
    MANAGE_TEAM = "manage-team"  # take answers out of the count, note what was done about an alert
    SET_GOLD = "set-gold"
    SEE_GOLD = "see-gold"
    MANAGE_EXAMS = "manage-exams"
    PILOT = "pilot"  # grade under a draft, where one was asked to


def _who(*who: Role | str) -> frozenset[str]:
    return frozenset(str(one) for one in who)


TABLE: Mapping[Act, frozenset[str]] = MappingProxyType(
    {
        Act.OWN_ACCOUNT: _who(SIGNED_IN),
        Act.GRADE: _who(Role.GRADER),
        Act.ASK: _who(Role.GRADER),
        Act.SEE_GUIDELINE: _who(Role.GRADER, Role.LEAD, Role.CLIENT, Role.SPECIALIST, Role.ANALYST, ADMIN),
        Act.SEE_CLIP: _who(Role.LEAD, Role.CLIENT, Role.SPECIALIST, Role.ANALYST, ADMIN),
        Act.SEE_DISPUTES: _who(Role.LEAD, Role.CLIENT, Role.SPECIALIST, Role.ANALYST, ADMIN),
        Act.DECIDE: _who(Role.LEAD),
        Act.SETTLE_CLUSTER: _who(Role.LEAD, Role.SPECIALIST),
        Act.TRIAGE: _who(Role.LEAD, Role.SPECIALIST),
        Act.ANSWER_QUESTION: _who(Role.LEAD, Role.SPECIALIST),
        Act.MAKE_RULE: _who(Role.LEAD, Role.SPECIALIST),
        Act.SUPERSEDE: _who(Role.LEAD),
        Act.REPLY: _who(Role.LEAD, Role.SPECIALIST),
        Act.SEE_MEETINGS: _who(Role.LEAD, Role.CLIENT, Role.SPECIALIST),
        Act.RUN_MEETING: _who(Role.LEAD),
        Act.SEE_OVERVIEW: _who(Role.LEAD, Role.CLIENT, Role.SPECIALIST, Role.ANALYST, ADMIN),
        Act.MANAGE_PROJECT: _who(Role.LEAD, ADMIN),
        Act.MANAGE_MEMBERS: _who(Role.LEAD, ADMIN),
        Act.MANAGE_BATCHES: _who(Role.LEAD, ADMIN),
        Act.PUBLISH_GUIDELINE: _who(Role.LEAD, Role.SPECIALIST, ADMIN),
        Act.IMPORT: _who(Role.LEAD, ADMIN),
        Act.INGEST: _who(Role.LEAD, ADMIN),
        Act.EXPORT: _who(Role.LEAD, Role.ANALYST, ADMIN),
        Act.SNAPSHOT: _who(Role.ANALYST, ADMIN),
        Act.ADD_PROJECT: _who(ADMIN),
        Act.MANAGE_USERS: _who(ADMIN),
        Act.BACKUP: _who(ADMIN),
        Act.SEE_TEAM: _who(Role.LEAD, ADMIN),
        Act.MANAGE_TEAM: _who(Role.LEAD),
        Act.SET_GOLD: _who(Role.LEAD, Role.SPECIALIST),
        Act.SEE_GOLD: _who(Role.LEAD, Role.SPECIALIST),
        Act.MANAGE_EXAMS: _who(Role.LEAD, Role.SPECIALIST),
        Act.PILOT: _who(Role.GRADER, Role.LEAD, Role.CLIENT, Role.SPECIALIST),
    }
)

# A page by its path, in the order of the navigation; the first that a person may open is where sign-in leads.
PAGES: Mapping[str, Act] = MappingProxyType(
    {
        "grade": Act.GRADE,
        "inbox": Act.GRADE,
        "disputes": Act.SEE_DISPUTES,
        "precedents": Act.SEE_DISPUTES,
        "triage": Act.SEE_DISPUTES,
        "questions": Act.ANSWER_QUESTION,
        "meetings": Act.SEE_MEETINGS,
        "overview": Act.SEE_OVERVIEW,
        "team": Act.SEE_TEAM,
        "my_day": Act.GRADE,
        "training": Act.GRADE,
        "exam": Act.GRADE,
        "guideline": Act.SEE_GUIDELINE,
        "pilot": Act.PILOT,  # in the navigation only of who was asked
        "items": Act.IMPORT,
        "export": Act.EXPORT,
        "exams": Act.MANAGE_EXAMS,
        "overlap": Act.MANAGE_PROJECT,
        "project": Act.MANAGE_PROJECT,
        "people": Act.MANAGE_USERS,
    }
)

# Our own routes. One that ends with a slash stands for the names right below it. None: open to everybody, signed in or not. More
# than one act: any of them, in any project, lets the request through to the route, which then checks the thing itself.
ROUTES: Mapping[str, frozenset[Act] | None] = MappingProxyType(
    {
        "/live": None,
        "/sign-in": None,
        "/sign-in/style.css": None,  # the sign-in page's own
        "/sign-in/mark.svg": None,
        "/first-admin": None,
        "/sign-out": frozenset({Act.OWN_ACCOUNT}),
        "/password": frozenset({Act.OWN_ACCOUNT}),
        "/language": frozenset({Act.OWN_ACCOUNT}),
        "/api/": frozenset({Act.GRADE}),
        "/clip/": frozenset({Act.GRADE, Act.SEE_CLIP}),
        "/poster/": frozenset({Act.GRADE, Act.SEE_CLIP}),
        "/strip/": frozenset({Act.GRADE, Act.SEE_CLIP}),
        "/captions/": frozenset({Act.GRADE, Act.SEE_CLIP}),
        "/room/": frozenset({Act.SEE_MEETINGS}),
        "/meeting/": frozenset({Act.SEE_MEETINGS}),
        "/ask/": None,  # a single question to the client: its route asks for the link's token
        "/ask-clip/": None,
        "/ask-style/": None,
        "/join/": None,  # a guest's link: the route asks for its token
        "/guest/": None,  # what a guest's cookie opens, and the room's scripts and style
    }
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an account with the roles that it holds now, by project."""

    account: int
    session: str | None = None
    admin: bool = False
    roles: Mapping[int, frozenset[Role]] = field(default_factory=dict)
    language: str = "zh"


SYSTEM = Actor(account=0, admin=True)  # a command run by who owns the files


def _held(actor: Actor, project: int | None) -> frozenset[str]:
    held: set[str] = {ADMIN} if actor.admin else set()
    if actor.account > 0:
        held.add(SIGNED_IN)
    if project is not None:
        held.update(actor.roles.get(project, ()))
    return frozenset(held)


def allowed(actor: Actor, act: Act, project: int | None = None) -> bool:
    """Whether an actor may do an act in a project (None: one that belongs to no project).

    >>> allowed(Actor(7, roles={1: frozenset({Role.LEAD})}), Act.DECIDE, 1)
    True
    >>> allowed(Actor(7, roles={1: frozenset({Role.LEAD})}), Act.DECIDE, 2)
    False
    """
    return bool(TABLE.get(act, frozenset()) & _held(actor, project))


def anywhere(actor: Actor, act: Act) -> bool:
    """Whether an actor may do an act in at least one project, or apart from projects."""
    return allowed(actor, act, None) or any(allowed(actor, act, project) for project in actor.roles)


def require(actor: Actor, act: Act, project: int | None = None) -> None:
    """Lets the act pass.

    Raises:
        NotAllowed: the actor's roles do not include it.
    """
    if not allowed(actor, act, project):
        raise NotAllowed("Your role does not include this ({act}). Ask your lead or an administrator.", act=str(act))


def pages_of(actor: Actor, project: int | None) -> list[str]:
    """The pages that an actor may open while a project is chosen, in the order of the navigation.

    >>> pages_of(Actor(7, roles={1: frozenset({Role.GRADER})}), 1)
    ['grade', 'inbox', 'my_day', 'training', 'exam', 'guideline', 'pilot']
    """
    return [page for page, act in PAGES.items() if allowed(actor, act, project)]


def route_of(path: str) -> str | None:
    """The table's entry for a path, or None where no route of ours is.

    >>> route_of("/clip/ab12"), route_of("/live"), route_of("/live/x")
    ('/clip/', '/live', None)
    """
    if path in ROUTES:
        return None if path.endswith("/") else path
    for entry in ROUTES:
        if entry.endswith("/") and path.startswith(entry) and path[len(entry) :] and "/" not in path[len(entry) :]:
            return entry
    return None
