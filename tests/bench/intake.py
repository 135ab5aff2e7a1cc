"""What an answer costs the writer, its rows in their tables at once or by `intake` first.

The same answers, each with the claim of the next item, one group after another through the real services: processor time
of the whole process an answer, moving included, and how long the answer waits. No server, no browser, nobody beside.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

from relevance.roles import Actor, Role
from relevance.services import grading
from relevance.store.intake import Intake
from relevance.store.store import Store
from tests.bench.common import Row, percentile, size
from tests.traffic import build

ANSWERS = size("ANSWERS", 1_500, 100)
PEOPLE = 50


def run() -> list[Row]:
    """One measurement of both ways."""
    folder = Path(tempfile.mkdtemp(prefix="relevance-bench-"))
    try:
        project = build(folder / "built", ANSWERS, PEOPLE)
        shutil.copytree(folder / "built", folder / "other")
        with patch.object(Intake, "takes", lambda *_: False):
            cost, waited = _graded(folder / "built", project)
        less, quicker = _graded(folder / "other", project)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return [
        Row("into the tables: processor, an answer", cost, "ms"),
        Row("into the tables: waited, p50", percentile(waited, 0.5), "ms"),
        Row("by intake: processor, an answer", less, "ms"),
        Row("by intake: waited, p50", percentile(quicker, 0.5), "ms"),
        Row("processor, by intake against into the tables", less / cost, "x"),
    ]


def _graded(data: Path, project: int) -> tuple[float, list[float]]:
    """Milliseconds of processor an answer, and how long each waited."""
    store = Store.open(data)
    with store.reader() as reader:
        found = reader.all("select account from member where project = ? and role = 'grader'", [project])
    people = [Actor(account, roles={project: frozenset({Role.GRADER})}) for (account,) in found]
    held = {one.account: list(grading.claim(store, one, project, "tab").leases) for one in people}
    waited = []
    cpu = time.process_time()
    for number in range(ANSWERS):
        one = people[number % len(people)]
        lease = held[one.account].pop(0)
        said = grading.Answer(
            lease.assignment, lease.seq, level=lease.item % 4, decision_ms=4000, watched_ms=4000, watched_share=0.9
        )
        begun = time.perf_counter()
        answer = store.submit(lambda tx, one=one, said=said: grading.take_answer(tx, one, said))
        claimed = grading.submit_claim(store, one, project, "tab", grading.MOST_LEASES)
        answer.result()
        waited.append(1000 * (time.perf_counter() - begun))
        held[one.account] = [next_ for next_ in claimed.result()[0] if next_.assignment != lease.assignment]
    store.close()
    return 1000 * (time.process_time() - cpu) / ANSWERS, waited
