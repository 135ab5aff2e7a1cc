"""Disputes and what is made of them: 100 against 100,000, beside 5,000 precedents and 200 versions of the guideline.

Two stores with the same project, made straight in the tables; then the services that the pages call, warm, as on a running
server whose keeper has arranged the board. What moves meanwhile is put in at once by `Board.refresh`, as the keeper does.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from relevance import revision
from relevance.roles import SYSTEM, Role
from relevance.services import board, disputes, facets, guidelines, precedents, triage
from relevance.services.board_keeper import Keeper
from relevance.services.disputes import DisputeFilter
from tests.bench.common import Row, size
from tests.world import GUIDELINE, World

MANY, FEW = size("MANY", 100_000, 2_000), 100
PRECEDENTS, VERSIONS = size("PRECEDENTS", 5_000, 500), 200
KEYWORDS, FAMILIES, GRADERS, RULES = 2_000, 120, 18, 60


def _fill(world: World, n: int) -> None:
    """n disputed items with three grades each, a note on one in five, a rule on one in two, over Zipf-frequent keywords."""
    con = world.store._con.cursor()
    now, project = world.clock.now(), world.project
    con.execute("select setseed(0.5)")
    con.execute(
        f"""create temp table made as
            select i as item, least({KEYWORDS}, 1 + floor(exp(random() * ln({KEYWORDS})))::bigint) as keyword,
                   1 + i % greatest(1, {n} // 4) as clip, 1 + floor(random() * 60)::bigint as topic, random() as chance,
                   floor(random() * 3)::integer as low
            from range(1, {n} + 1) t(i)"""
    )
    say = con.execute
    say("insert into batch (id, project, name, made_at, act) values (1, ?, 'bench', ?, 0)", [project, now])
    say(
        """insert into import (id, project, file, digest, rows, started_at, committed_at, made_by, act)
           values (1, ?, 't', 't', ?, ?, ?, 0, 0)""",
        [project, n, now, now],
    )
    say(
        """insert into source (id, project, sha256, name, path, bytes, status, reason, detail, received_at, act)
           values (1, ?, 's', 's.mp4', 's.mp4', 1, 'ready', 'ok', '{}', ?, 0)""",
        [project, now],
    )
    say(
        f"""insert into keyword (id, project, key, text_zh, text_en, family, made_at, act)
            select i, ?, 'k' || i, '词' || i, 'k' || i, 'f' || i % {FAMILIES}, ?, 0 from range(1, {KEYWORDS} + 1) t(i)""",
        [project, now],
    )
    say(
        """insert into clip (id, project, source, content_id, name, duration_ms, width, height, fps, frames, bytes,
                             has_audio, made_at, act)
           select i, ?, 1, lpad(i::varchar, 64, '0'), 'c' || i || '.mp4', 5000, 640, 360, 25.0, 125, 1, false, ?, 0
           from range(1, ?) t(i)""",
        [project, now, n // 4 + 2],
    )
    say(
        "insert into item (id, project, batch, keyword, clip, import) select item, ?, 1, keyword, clip, 1 from made",
        [project],
    )
    say(
        f"""create temp table said as
            select 3 * (item - 1) + g as assignment, item, (item * 7 + g * 5) % {GRADERS} + 1000 as grader,
                   case when g = 0 then low when g = 1 then low + 1 else low + (chance < 0.5)::integer end as level,
                   topic, chance, g from made, range(0, 3) t(g)"""
    )
    say(
        """insert into assignment (id, item, grader, purpose, round, tab, leased_at)
           select assignment + 1, item, grader, 'work', 1, 't', ? from said""",
        [now],
    )
    say(
        f"""insert into answer (assignment, seq, item, grader, purpose, round, level, rule, note, counts, policy, guideline,
                                digest, made_at)
            select assignment + 1, 0, item, grader, 'work', 1, level,
                   case when chance < 0.5 then 'r' || topic % {RULES} end,
                   case when chance > 0.8 then 'word' || topic || ' thing' || item % 7 end, true, 1, 1, '', ? from said""",
        [now],
    )
    say(
        """insert into item_event (id, item, made_at, state, level, why, n, round, policy, guideline, act)
           select item, item, ? + to_seconds(item % 400000), 'disputed', null, 'split', 3, 1, 1, 1, 0 from made""",
        [now - timedelta(days=5)],
    )


def _rules(world: World) -> None:
    """Precedents over all keywords, and versions of the guideline, straight in the tables."""
    con, now = world.store._con.cursor(), world.clock.now()
    con.execute(
        f"""insert into precedent (id, project, item, keyword, clip, level, reason, rule, scope, made_by, made_at, act)
            select i, ?, item.id, item.keyword, item.clip, i % 4, 'because ' || i, 'r' || i % {RULES},
                   case when i % 50 = 0 then 'general' when i % 5 = 0 then 'family' else 'keyword' end, 0, ?, 0
            from range(1, {PRECEDENTS} + 1) t(i) join item on item.id = 1 + (i * 37) % (select count(*) from item)""",
        [world.project, now],
    )
    guidelines.import_markdown(world.store, SYSTEM, world.project, en=GUIDELINE)
    con = world.store._con.cursor()
    first = con.execute("select max(id) from guideline").fetchall()[0][0]
    for table, key in (("guideline", "id"), ("guideline_level", "guideline"), ("guideline_rule", "guideline")):
        more = ", version + i as version" if table == "guideline" else ""
        con.execute(
            f"""insert into {table} by name select t.* replace (t.{key} + i as {key}{more})
                from {table} t, range(1, {VERSIONS}) r(i) where t.{key} = {first}"""
        )


class _Times(dict[str, float]):
    """Medians by name: milliseconds that passed, and under "NAME cpu" those of all our threads."""

    def ms(self, name: str, work: Callable[[], object], times: int = 9) -> None:
        walls, cpus = [], []
        for _ in range(times):
            begun, cpu = time.perf_counter(), time.process_time()
            work()
            walls.append((time.perf_counter() - begun) * 1000)
            cpus.append((time.process_time() - cpu) * 1000)
        self[name], self[f"{name} cpu"] = statistics.median(walls), statistics.median(cpus)


def _measured(folder: Path, n: int) -> _Times:
    world = World(folder)
    _fill(world, n)
    _rules(world)
    world.reopen()
    store, project = world.store, world.project
    lead = world.person("lead", Role.LEAD)
    found = _Times()

    def page(wanted: DisputeFilter | None = None) -> None:
        shown = disputes.page(store, lead, project, wanted)
        facets.of(store, shown)
        if shown.rows:
            disputes.one(store, lead, shown.rows[0].item)

    # A start leaves the list empty; the server's keeper arranges it behind, and whoever opens the page before waits for it.
    begun, cpu = time.perf_counter(), time.process_time()
    Keeper(store).ready()
    found["arranged"], found["arranged cpu"] = (
        (time.perf_counter() - begun) * 1000,
        (time.process_time() - cpu) * 1000,
    )
    begun, cpu = time.perf_counter(), time.process_time()
    page()
    found["first look"], found["first look cpu"] = (
        (time.perf_counter() - begun) * 1000,
        (time.process_time() - cpu) * 1000,
    )
    found.ms("page", page)
    first_of = {row.keyword: row.item for row in disputes.page(store, lead, project, limit=2_000).rows}
    unseen = iter([item for keyword, item in first_of.items() if keyword not in store.live.pasts])
    found.ms("of another keyword", lambda: disputes.one(store, lead, next(unseen)))
    found.ms("filter", lambda: page(DisputeFilter(spread=1, keyword=3)))
    order = iter(disputes.page(store, lead, project, limit=90).rows)

    def decide() -> None:
        disputes.decide(store, lead, next(order).item, 1, "bench")

    found.ms("decision", decide)

    def decide_and_look() -> None:
        decide()
        page()

    found.ms("decision and page", decide_and_look)
    mine = board.of(store, project)
    cpu = time.process_time()
    found["grow"] = mine.regrow(store)
    found["grow cpu"] = time.process_time() - cpu
    mine.kept = True

    def moved() -> None:
        decide()
        mine.refresh(store)

    found.ms("rank", moved)
    found.ms("triage page", lambda: triage.page(store, lead, project))
    found.ms("triage filter", lambda: triage.page(store, lead, project, tier="lead"))
    after_decision = []
    for _ in range(5):
        moved()  # the keeper's part
        begun, cpu = time.perf_counter(), time.process_time()
        triage.page(store, lead, project)
        after_decision.append((time.perf_counter() - begun, time.process_time() - cpu))
    found["triage after"], found["triage after cpu"] = (
        statistics.median(one) * 1000 for one in zip(*after_decision, strict=True)
    )
    found["clusters"] = float(len(mine.grown))
    items = [row.item for row in disputes.page(store, lead, project, offset=10, limit=50).rows]
    precedents.closest(store, items[0])
    found.ms("closest", lambda: [precedents.closest(store, item) for item in items])
    found["closest"] /= len(items)

    def ruled() -> None:
        precedents.add(store, lead, items[0], 2, "bench", "r1")

    def ruled_and_beside() -> None:
        precedents.beside(store, items[1])

    found.ms("versions", lambda: guidelines.versions(store, project))
    ids = [row["id"] for row in guidelines.versions(store, project)]

    def compare() -> None:
        old, new = (guidelines.by_id(store, project, one) for one in (ids[0], ids[-1]))
        revision.compare({r.id: r.text_en or "" for r in old.rules}, {r.id: r.text_en or "" for r in new.rules})

    found.ms("compare", compare)
    after = []
    for _ in range(9):
        ruled()
        begun = time.perf_counter()
        ruled_and_beside()
        after.append((time.perf_counter() - begun) * 1000)
    found["beside after a new precedent"] = statistics.median(after)
    store.close()
    return found


def run() -> list[Row]:
    """One measurement."""
    with tempfile.TemporaryDirectory(prefix="relevance-bench-") as folder:
        few, many = Path(folder, "few"), Path(folder, "many")
        few.mkdir()
        many.mkdir()
        small, large = _measured(few, FEW), _measured(many, MANY)
    rows = []
    for name, title in (
        ("page", "disputes page, first 50"), ("filter", "disputes page, a filter"), ("decision", "a decision"),
        ("decision and page", "a decision and the page after it"),
    ):  # fmt: skip
        cpu = f"{name} cpu"
        rows += [
            Row(f"{title}, of {FEW}", small[name], "ms"),
            Row(f"{title}, of {FEW}, processor", small[cpu], "ms"),
            Row.at_most(f"{title}, of {MANY:,}", large[name], "ms", 300),
            Row(f"{title}, of {MANY:,}, processor", large[cpu], "ms"),
            Row.at_most(f"{title}, many / few", large[name] / small[name], "x", 1.5),
            Row.at_most(f"{title}, many / few, processor", large[cpu] / small[cpu], "x", 1.5),
        ]
    rows += [
        Row(f"list of disputes arranged behind after a start, of {MANY:,}", large["arranged"], "ms"),
        Row("list of disputes arranged behind, processor", large["arranged cpu"], "ms"),
        Row.at_most(f"disputes page, the first after that, of {MANY:,}", large["first look"], "ms", 300),
        Row("disputes page, the first after that, processor", large["first look cpu"], "ms"),
        Row.at_most(f"a dispute opened, the first of its keyword, of {MANY:,}", large["of another keyword"], "ms", 300),
        Row("a dispute opened, the first of its keyword, processor", large["of another keyword cpu"], "ms"),
        Row(f"clusters grown behind, of {MANY:,}", large["grow"], "s"),
        Row("processor seconds of it", large["grow cpu"], "s"),
        Row("clusters", large["clusters"], ""),
        Row.at_most(f"a decision, put in and all ranked anew, of {MANY:,}", large["rank"], "ms", 1000),
        Row("put in and all ranked anew, processor", large["rank cpu"], "ms"),
        Row.at_most(f"triage page, first 200, of {MANY:,}", large["triage page"], "ms", 300),
        Row("triage page, first 200, processor", large["triage page cpu"], "ms"),
        Row.at_most(f"triage page after a decision, of {MANY:,}", large["triage after"], "ms", 300),
        Row("triage page after a decision, processor", large["triage after cpu"], "ms"),
        Row.at_most(f"triage page, a filter, of {MANY:,}", large["triage filter"], "ms", 300),
        Row("triage page, a filter, processor", large["triage filter cpu"], "ms"),
        Row.at_most(f"closest precedents of an item, of {PRECEDENTS:,}", large["closest"], "ms", 50),
        Row.at_most(f"history of {VERSIONS} versions of the guideline", large["versions"], "ms", 300),
        Row.at_most("two versions compared word by word", large["compare"], "ms", 300),
        Row.at_most("closest precedents after a new one", large["beside after a new precedent"], "ms", 50),
    ]
    return rows
