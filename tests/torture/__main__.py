"""`python -m tests.torture --kills N [--only SCENE]`: killed under load, again and again; nothing confirmed may be missing.

A temporary store, a free port, the real server, graders who speak the protocol and keep each answer until it is
confirmed, and a lead who rules. In scene after scene (tests/torture/scenes.py) the server is killed and started again;
`verify` runs in it, and all that was confirmed since the kill before is looked for. In the end every confirmed answer,
correction, flag, question and ruling must be in the store exactly once, as it was said. The last line is the verdict.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import duckdb

from relevance.media.library import Library
from relevance.runtime import BEFORE_MIGRATION
from relevance.services.verify import verify
from relevance.store.backup import digest
from relevance.store.files import DATABASE
from relevance.store.store import Store
from tests.nursery import Child
from tests.torture.acts import DECISIONS, QUESTION_ANSWERS
from tests.torture.forked import ForkedServer
from tests.torture.lead import Lead, Silent, knock
from tests.torture.power import NoCompiler, PoweredServer, library
from tests.torture.scenes import CLIPS, PATIENCE, PLAIN, POWERED, Stage, unlike
from tests.traffic import ROOT, Grader, Journal, Server, all_of, build, signed_in


async def torment(at: Stage, names: list[str], asked: argparse.Namespace) -> None:
    """Lets graders and a lead work while the server is killed in one scene after another; faults are written down."""
    over, journal = False, at.journal

    def think() -> float:
        return asked.think * at.chance.uniform(0.0, 2.0)

    at.people = [
        Grader(
            f"g{n}", at.server.port, at.project, journal, think, random.Random(at.chance.random()), True,
            at_work=at.at_work,
        )
        for n in range(asked.graders)
    ]  # fmt: skip
    at.lead = Lead(at.server.data, at.project, lambda: 0.1 + at.chance.uniform(0.0, 0.4))

    async def destroy() -> None:
        nonlocal over
        said, until = 0, time.monotonic() + 60 * asked.minutes
        try:
            while at.turn < asked.kills and time.monotonic() < until:
                at.turn += 1
                name = names[at.turn % len(names)]
                done = len(journal.confirmed)
                await (PLAIN | POWERED)[name](at)
                begun = time.monotonic()
                if not await asyncio.to_thread(_start, at, name):
                    break
                back = time.monotonic() - begun
                if asked.lie:
                    at.forgive()  # that sign-ins are gone is not what is to be shown
                try:
                    found = await asyncio.to_thread(knock, at.server.data, "verify")
                except Silent as why:
                    ended = at.server.process.poll()
                    last = at.server.log.read_text("utf-8", "replace")[-2000:]
                    at.faults.append(
                        f"after kill {at.turn} ({name}): verify: {why}; the server's end: {ended}; its log:\n{last}"
                    )
                    break
                found += await asyncio.to_thread(at.gone)
                at.faults.extend(f"after kill {at.turn} ({name}): {fault}" for fault in found)
                for fault in at.faults[said : said + 20]:
                    print(f"  {fault}")
                said = len(at.faults)
                print(
                    f"kill {at.turn} ({name}): back in {back:.1f} s, {len(journal.confirmed)} confirmed, "
                    f"{len(journal.confirmed) - done} of them since the last, {len(at.lead.told)} rulings, "
                    f"{journal.gone} requests cut off, {len(found)} faults",
                    flush=True,
                )
        finally:
            over = True
            at.at_work.set()

    await signed_in(at.people)
    at.at_work.set()
    await all_of(
        [destroy(), at.lead.work(lambda: over, at.at_work), *(person.work(lambda: over) for person in at.people)]
    )


def _start(at: Stage, name: str) -> bool:
    try:
        at.server.start()
    except RuntimeError as why:
        at.faults.append(f"after kill {at.turn} ({name}): {str(why).strip().splitlines()[-1]}")
        return False
    return True


def finish(at: Stage) -> list[str]:
    """The command that was cut off last is given again, as docs/operations.md says: it must come to its end."""
    if not at.half_done or at.server.process.poll() is not None:
        return []
    code = at.command(*at.half_done).wait(PATIENCE)
    said = at.said(at.half_done[0]).read_text("utf-8")
    return [] if code == 0 else [f"{' '.join(at.half_done)} given again ended with {code}: {said[-300:]}"]


def missing(data: Path, journal: Journal, lead: Lead) -> tuple[list[str], list[str]]:
    """What was confirmed and is not in the store as it was said; what is there more than once."""
    store = Store.open(data)
    with store.reader() as reader:
        answers = reader.all("select assignment, seq, level, flag, note, counts from answer")
        asks = Counter(
            reader.all("select receipt.request, ask.id from receipt join ask on ask.id::varchar = receipt.result")
        )
        twice = [
            f"item {row[0]}, grader {row[1]}"
            for row in reader.all(
                "select item, grader from assignment group by item, grader, round, purpose having count(*) > 1"
            )
        ]
        texts = reader.value("select count(*) from ask")
        prepared = [
            content
            for (content,) in reader.all(
                "select distinct content_id from clip where source <> (select min(id) from source) and removed_at is null"
            )
        ]  # all but those of `build`, which have no files
        rulings = lead.compared(reader.all(DECISIONS), reader.all(QUESTION_ANSWERS))
    store.close()
    lost = unlike(journal, list(journal.confirmed), answers)
    lost += [f"clip {content} is not whole" for content in prepared if not whole(Library.of(data), content)]
    lost += [f"question {request}" for request, ask in journal.asked.items() if asks[request, ask] != 1]
    if texts != sum(asks.values()):
        twice.append(f"{texts} questions for {sum(asks.values())} requests")
    return lost + rulings[0], twice + rulings[1]


def whole(library: Library, content: str) -> bool:
    """Whether a clip's file is there and holds what its name says."""
    return library.has(content) and digest(library.path(content)) == content


def migrations(kills: int, chance: random.Random) -> list[str]:
    """Kills a release's store while it is brought to the newest schema; then it must open, with all that it held."""
    releases = sorted((ROOT / "tests" / "store" / "releases").glob("*.duckdb.gz"))
    faults, begun = [], 0
    for number in range(1, kills + 1):
        release = chance.choice(releases)
        with tempfile.TemporaryDirectory(prefix="relevance-torture-") as folder:
            data = Path(folder) / "data"
            data.mkdir()
            with gzip.open(release) as packed:
                (data / DATABASE).write_bytes(packed.read())
            given = {**os.environ, "RELEVANCE_DATA": str(data)}
            process = Child(["-m", "relevance", "verify"], given, Path(folder) / "verify.log")
            end = time.monotonic() + PATIENCE
            while not (data / BEFORE_MIGRATION).exists() and process.poll() is None and time.monotonic() < end:
                time.sleep(0.001)
            time.sleep(0.3 * chance.random())
            begun += process.poll() is None and (data / BEFORE_MIGRATION).exists()
            process.kill()
            process.wait()
            try:
                store = Store.open(data)
                with store.reader() as reader:
                    answers = reader.value("select count(*) from answer")
                faults += [f"migration {number}: {fault}" for fault in verify(store)]
                store.close()
                if answers != 11:  # what tests/store/releases.py puts into one
                    faults.append(f"migration {number}: {answers} answers of 11")
            except Exception as error:
                faults.append(f"migration {number}: {error}")
    print(f"{kills} kills in a migration ({begun} after it had begun), {len(faults)} faults", flush=True)
    return faults


def run(names: list[str], asked: argparse.Namespace, seed: int) -> bool:
    """One store through all its kills; whether nothing was lost, doubled or found wrong."""
    journal, chance = Journal(), random.Random(seed)
    powered = any(name in POWERED for name in names) or bool(asked.lie)
    with tempfile.TemporaryDirectory(prefix="relevance-torture-") as folder:
        data = Path(folder) / "data"
        data.mkdir()
        project = build(data, asked.items, asked.graders, keywords=50)
        with duckdb.connect(str(data / DATABASE)) as con:  # a clock set back an hour must not make them strangers
            con.execute("update member set since = since - interval 1 day")
        server = PoweredServer(data, lie=asked.lie, chance=chance) if powered else ForkedServer(data)
        Server(data).start().stop()  # the first start makes the secret; what follows is about a store in use
        server.start()
        at = Stage(server, chance, Path(folder), journal, project, asked.items, slow=asked.slow)
        try:
            asyncio.run(torment(at, names, asked))
            at.faults += finish(at)
        finally:
            if server.process.poll() is None:
                server.stop()
            server.close()
        assert at.lead is not None
        lost, twice = missing(data, journal, at.lead)
        told = server.log.read_text("utf-8", "replace")
        if asked.log:
            asked.log.write_text(told, "utf-8")
    errors = journal.errors + at.lead.errors
    for one in [*at.faults, *lost, *twice, *errors][:50]:
        print(f"  {one}")
    good = not (at.faults or lost or twice or errors)
    print(f"under way when it was killed: {', '.join(f'{name} {n}' for name, n in at.begun.items()) or '-'}")
    print(
        f"torture: seed {seed}, {at.turn} kills ({', '.join(names)}), {len(journal.confirmed)} answers, "
        f"{len(journal.asked)} questions and {len(at.lead.told)} rulings confirmed, {journal.resent} sent again, "
        f"{len(lost)} lost, {len(twice)} doubled, {len(at.faults)} faults, {len(errors)} errors, "
        f"{told.count('Traceback')} tracebacks{f', slow {asked.slow:g}' if asked.slow != 1 else ''}: "
        f"{'PASSED' if good else 'FAILED'}",
        flush=True,
    )
    return good


def main(argv: list[str]) -> int:
    """Runs it; 0 where nothing was lost, doubled or found wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--only", action="append", choices=[*PLAIN, *POWERED, "migration"], help="this scene alone")
    parser.add_argument("--graders", type=int, default=40)
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--think", type=float, default=0.15, help="seconds that a grader thinks on average")
    parser.add_argument("--minutes", type=float, default=1e6, help="no kill is begun after so many minutes")
    parser.add_argument("--slow", type=float, default=1.0, help="so many times a minute for the second copy, in `rot`")
    parser.add_argument("--log", type=Path, help="a file for what the server said")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--lie", default="", help="files of this ending are never synced (.wal): it must FAIL then")
    asked = parser.parse_args(argv)
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(10**6)
    names = list(asked.only or [*PLAIN, *POWERED, "migration"])
    if not CLIPS.is_dir() and "ingest" in names:
        print("left out: ingest (no videos in ../shared)")
        names.remove("ingest")
    if any(name in POWERED for name in names):
        try:
            library()
        except NoCompiler as why:
            print(f"left out: {', '.join(POWERED)} ({why})")
            names = [name for name in names if name not in POWERED]
    faults: list[str] = []
    if "migration" in names:
        names.remove("migration")
        faults = migrations(asked.kills if not names else max(1, asked.kills // 10), random.Random(seed))
        for fault in faults[:20]:
            print(f"  {fault}")
        if not names:
            print(f"torture: {asked.kills} kills (migration): {'FAILED' if faults else 'PASSED'}")
    good = not names or run(names, asked, seed)
    return 0 if good and not faults else 1


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # the verdict stays the last line: at an ordinary end DuckDB's binding lists what it did not free
