"""What is on record of disputes, read from the store into the columns that the rules of triage take."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from relevance.cases import FLAG_KINDS, LEVELS, Cases, Codes, Floats, standing_alone
from relevance.clusters import Codebook
from relevance.quality.model import Fit, fit, shares_of
from relevance.quality.table import Grades, coded
from relevance.store.live import Given, LiveItem
from relevance.store.store import Reader, Store, marks

PIECE = 5000  # items a query


@dataclass(frozen=True, slots=True)
class Fact:
    """One dispute as it was when it was read. Codes are those of `Words`.

    grades: (grader, level) of those that count. since: seconds since 1970. returned: how often sent back. appealed: a grader appealed.
    """

    item: int
    number: int  # of the keyword
    keyword: int
    family: int
    twin: int
    grades: tuple[tuple[int, int], ...]
    flags: tuple[int, ...]
    rules: tuple[int, ...]
    words: tuple[int, ...]
    since: float
    returned: int
    appealed: bool


@dataclass(slots=True)
class Words:
    """Codes by text; they only grow, so that what was coded once stays right."""

    rules: dict[str, int] = field(default_factory=dict)
    words: dict[str, int] = field(default_factory=dict)
    families: dict[str, int] = field(default_factory=dict)
    twins: dict[str, int] = field(default_factory=dict)
    keywords: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned of the graders when the clusters were grown.

    people: codes by grader. skill: (J,) how often each says what the label says. found: the model's fit.
    """

    people: Mapping[int, int]
    skill: Floats
    found: Fit | None


_LATIN = re.compile(r"[a-z0-9]{3,}")
_HAN = re.compile(r"[\u4e00-\u9fff]+")


def words_of(text: str) -> set[str]:
    """The words of a note: Latin ones of three letters and more, and of Chinese every two characters that stand together.

    >>> sorted(words_of("Only the logo 只有标志"))
    ['logo', 'only', 'the', '只有', '有标', '标志']
    """
    text = text.casefold()
    found = set(_LATIN.findall(text))
    for run in _HAN.findall(text):
        found.update(run[at : at + 2] for at in range(len(run) - 1))
    return found


def _code(codes: dict[str, int], text: str | None) -> int:
    return codes.setdefault(text, len(codes)) if text else -1


def read(reader: Reader, known: Words, items: Sequence[LiveItem]) -> dict[int, Fact]:
    """What is on record of these items now; codes that are new are added to `known`."""
    found: dict[int, Fact] = {}
    for at in range(0, len(items), PIECE):
        part = {item.id: item for item in items[at : at + PIECE]}
        rules: dict[int, set[int]] = {}
        words: dict[int, set[int]] = {}
        for number, rule, note, flag_text in reader.all(
            f"""select item, max_by(row(rule), seq), max_by(row(note), seq), max_by(row(flag_text), seq) from answer
                where item in ({marks(list(part))}) group by item, assignment order by item, assignment""",
            list(part),
        ):
            rule, note, flag_text = (next(iter(one)) for one in (rule, note, flag_text))
            if rule:
                rules.setdefault(number, set()).add(_code(known.rules, rule))
            if text := " ".join(one for one in (note, flag_text) if one):
                words.setdefault(number, set()).update(_code(known.words, word) for word in sorted(words_of(text)))
        for number, family, fingerprint in reader.all(
            f"""select item.id, keyword.family, clip.fingerprint from item join keyword on keyword.id = item.keyword
                join clip on clip.id = item.clip where item.id in ({marks(list(part))}) order by item.id""",
            list(part),
        ):
            live = part[number]
            given = list(live.given.values())
            found[number] = Fact(
                item=number, number=live.keyword, keyword=known.keywords.setdefault(live.keyword, len(known.keywords)),
                family=_code(known.families, family), twin=_code(known.twins, fingerprint),
                grades=tuple((one.grader, one.level) for one in given if _counts(one) and one.level is not None),
                flags=tuple(FLAG_KINDS.index(one.flag) for one in given if one.flag in FLAG_KINDS),
                rules=tuple(sorted(rules.get(number, ()))), words=tuple(sorted(words.get(number, ()))), since=live.since.timestamp() if live.since is not None else 0.0,
                returned=sum(ruling.kind == "return" for ruling in live.rulings),
                appealed=live.standing.why == "appeal",
            )  # fmt: skip
    return found


def _counts(given: Given) -> bool:
    return given.counts and not given.excluded and given.purpose == "work"


def book_of(reader: Reader, project: int, known: Words) -> Codebook:
    """The codes, with how many of all the project's items each keyword and family has."""
    keyword, family = np.zeros(max(len(known.keywords), 1)), np.zeros(max(len(known.families), 1))
    for number, name, n in reader.all(
        """select keyword.id, family, count(*) from item join keyword on keyword.id = item.keyword
           where item.project = ? group by all""",
        [project],
    ):
        if number in known.keywords:
            keyword[known.keywords[number]] += n
        if name in known.families:
            family[known.families[name]] += n
    return Codebook(keyword, family, max(len(known.rules), 1), max(len(known.words), 1))


def _table(facts: Sequence[Fact], people: dict[int, int]) -> tuple[Codes, Codes, Codes]:
    """(case, grader code, level) of all grades that count; graders that are new get a code."""
    rows = [
        (case, people.setdefault(who, len(people)), level)
        for case, fact in enumerate(facts)
        for who, level in fact.grades
    ]
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def learn(store: Store, project: int, facts: Sequence[Fact]) -> tuple[Learned, Floats]:
    """What the disputes and the items that were settled lately tell of the graders, and the disputes' shares by it."""
    people: dict[int, int] = {}
    case, who, level = _table(facts, people)
    n = len(facts)
    lately = [one for one in list(store.live.settled.values()) if one.project == project]
    label = np.array([-1 if one.standing.level is None else one.standing.level for one in lately], dtype=np.int64)
    more = [
        (n + at, people.setdefault(one.grader, len(people)), one.level)
        for at, item in enumerate(lately)
        for one in list(item.given.values())
        if _counts(one) and one.level is not None
    ]
    old = np.array(more, dtype=np.int64).reshape(-1, 3)
    judged = label[old[:, 0] - n] >= 0 if len(old) else np.zeros(0, dtype=bool)
    same = old[judged, 2] == label[old[judged, 0] - n] if len(old) else np.zeros(0, dtype=bool)
    right = np.bincount(old[judged, 1], weights=same, minlength=len(people))
    skill = (right + 9) / (np.bincount(old[judged, 1], minlength=len(people)) + 10)
    if not len(case) + len(old):
        return Learned(people, skill, None), np.full((n, LEVELS), 1 / LEVELS)
    table = _grades(
        np.concatenate([case, old[:, 0]]), np.concatenate([who, old[:, 1]]), np.concatenate([level, old[:, 2]]),
        n + len(lately), len(people),
    )  # fmt: skip
    found = fit(table)
    return Learned(people, skill, found), found.shares[:n]


def _grades(case: Codes, who: Codes, level: Codes, items: int, graders: int) -> Grades:
    return coded(
        case.astype(np.int32), who.astype(np.int32), level.astype(np.int32), levels=LEVELS, items=items, graders=graders
    )


def cases_of(
    facts: Sequence[Fact], learned: Learned, weights: Mapping[int, float], shares: Floats | None = None
) -> Cases:
    """The disputes as the rules take them. A grader who is new since `learned` is as skilled as others are on average."""
    people = dict(learned.people)
    case, who, level = _table(facts, people)
    n, new = len(facts), len(people) - len(learned.people)
    skill = np.concatenate([learned.skill, np.full(new, learned.skill.mean() if len(learned.skill) else 0.9)])
    if shares is None:
        shares = np.full((n, LEVELS), 1 / LEVELS)
        if learned.found is not None and n:
            shares = shares_of(learned.found, _grades(case, who, level, n, len(people)))
    odd, odd_skill, other = standing_alone(case, who, level, skill, n)
    votes, flags = np.zeros((n, LEVELS)), np.zeros((n, len(FLAG_KINDS)))
    np.add.at(votes, (case, level), 1)
    flagged = np.array([(row, kind) for row, fact in enumerate(facts) for kind in fact.flags], dtype=np.int64)
    if len(flagged):
        np.add.at(flags, (flagged[:, 0], flagged[:, 1]), 1)
    rules = [(row, code) for row, fact in enumerate(facts) for code in fact.rules]
    words = [(row, code) for row, fact in enumerate(facts) for code in fact.words]
    return Cases(
        item=np.array([fact.item for fact in facts], dtype=np.int64),
        keyword=np.array([fact.keyword for fact in facts], dtype=np.int64),
        family=np.array([fact.family for fact in facts], dtype=np.int64),
        votes=votes, flags=flags,
        rules=np.array(rules, dtype=np.int64).reshape(-1, 2), words=np.array(words, dtype=np.int64).reshape(-1, 2),
        twin=np.array([fact.twin for fact in facts], dtype=np.int64), shares=shares,
        odd=odd, odd_skill=odd_skill, other_skill=other,
        weight=np.array([weights.get(fact.number, 1.0) for fact in facts]),
    )  # fmt: skip
