from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import pytest

from relevance.services.verify import verify
from relevance.store.files import DATABASE, NEWEST
from relevance.store.store import Store

RELEASES = sorted((Path(__file__).parent / "releases").glob("*.duckdb.gz"))


def test_there_is_a_store_of_the_first_release() -> None:
    assert "0.1.0.duckdb.gz" in {path.name for path in RELEASES}


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.name)
def test_a_store_of_every_release_opens_in_this_one_and_agrees_with_its_records(release: Path, tmp_path: Path) -> None:
    with gzip.open(release) as packed, (tmp_path / DATABASE).open("wb") as out:
        shutil.copyfileobj(packed, out)
    store = Store.open(tmp_path)
    try:
        assert verify(store) == []
        with store.reader() as reader:
            assert reader.value("select value from meta where key = 'schema'") == str(NEWEST)
            # 4 x 2 grades, one with its correction (2), one flag.
            assert reader.value("select count(*) from answer") == 11
            assert reader.value("select count(*) from decision where kind = 'level'") == 1
            assert reader.value("select count(*) from question_answer") == 1
            states = dict(
                reader.all(
                    """select state, count(*) from (select item, max_by(state, id) as state from item_event group by item)
                       group by state"""
                )
            )
        assert states == {"settled": 3, "decided": 1}
    finally:
        store.close()
