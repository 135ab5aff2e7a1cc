from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from relevance import door
from relevance.__main__ import in_front
from relevance.errors import BadInput, NotFound
from relevance.runtime import Runtime
from relevance.services import guidelines
from relevance.settings import Settings
from relevance.store.files import StoreInUse

GUIDELINE = """# G
## Levels
- 100 % | Full: all of it
- 67 % | Mostly: most of it
- 33 % | Partly: a part
- 0 % | Not: nothing
## Main
### R1 The subject {#subject}
It must be seen.
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path)


@pytest.fixture
def server(settings: Settings) -> Iterator[Runtime]:
    runtime = Runtime(settings)
    listening = door.Server(runtime)
    listening.start()
    yield runtime
    listening.stop()
    runtime.close()


def test_an_act_runs_on_a_free_store_and_over_the_socket_with_the_same_result(settings: Settings) -> None:
    door.call(settings, "project.add", name="one", time_zone="UTC")
    alone = door.call(settings, "project.list")
    runtime = Runtime(settings)
    listening = door.Server(runtime)
    listening.start()
    try:
        assert door.call(settings, "project.list") == alone
    finally:
        listening.stop()
        runtime.close()


def test_errors_come_through_the_socket_as_they_were_raised_with_their_places(
    server: Runtime, settings: Settings
) -> None:
    with pytest.raises(NotFound, match="no project called nothing"):
        door.call(settings, "project.pause", project="nothing", reason="")
    door.call(settings, "project.add", name="one", time_zone="UTC")
    bad = GUIDELINE.replace("- 33 %", "- 34 %")
    with pytest.raises(BadInput) as raised:
        door.call(
            settings, "guideline.import", project="one", create=False, zh=None, en=bad, note="", names=["z.md", "e.md"]
        )
    said = [place.say() for place in raised.value.places]
    assert said[0] == "e.md, row 5: 34 % is no level of this project; its levels are 100 %, 67 %, 33 %, 0 %."
    assert raised.value.count == 2  # the wrong level, and the missing one


def test_the_socket_is_for_its_owner_alone(server: Runtime, settings: Settings) -> None:
    mode = (settings.data / door.SOCKET).stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600


def test_a_deep_data_folder_is_no_obstacle(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 90) / ("e" * 90)
    deep.mkdir(parents=True)
    settings = Settings(data=deep)
    runtime = Runtime(settings)
    listening = door.Server(runtime)
    listening.start()
    try:
        assert door.call(settings, "project.list") == []
    finally:
        listening.stop()
        runtime.close()


def test_a_socket_left_by_a_killed_server_is_no_obstacle(settings: Settings) -> None:
    code = (
        "import os, sys; from pathlib import Path; from relevance.settings import Settings;"
        "from relevance.runtime import Runtime; from relevance import door;"
        "rt = Runtime(Settings(data=Path(sys.argv[1]))); door.Server(rt).start(); os.kill(os.getpid(), 9)"
    )
    root = Path(__file__).resolve().parent.parent
    subprocess.run([sys.executable, "-c", code, str(settings.data)], cwd=root, check=False)
    assert (settings.data / door.SOCKET).exists()
    assert door.call(settings, "project.list") == []


def test_a_store_that_another_process_holds_without_a_door_is_refused_naming_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "PATIENCE", 0.3)
    runtime = Runtime(settings)
    try:
        with pytest.raises(StoreInUse, match=r"in use by process \d+"):
            door.call(settings, "project.list")
    finally:
        runtime.close()


def test_many_calls_share_one_session(server: Runtime, settings: Settings) -> None:
    with door.session(settings) as at:
        for name in ("a", "b", "c"):
            at.call("project.add", name=name, time_zone="UTC")
        assert [row["name"] for row in at.call("project.list")] == ["a", "b", "c"]
        answer = at.call(
            "guideline.import", project="a", create=False, zh=None, en=GUIDELINE, note="", names=["z.md", "e.md"]
        )
        assert answer == {"version": 1, "rules": 1, "levels": 4, "draft": None}
        assert guidelines.current(server.store, 1).rules[0].id == "subject"
        later = {
            "project": "a",
            "create": False,
            "zh": None,
            "en": GUIDELINE + "More.\n",
            "note": "",
            "names": ["z.md", "e.md"],
        }
        assert (draft := at.call("guideline.import", **later))["version"] == 1 and draft["draft"] is not None
        assert at.call("guideline.import", **later, publish=True) == {
            "version": 2,
            "rules": 1,
            "levels": 4,
            "draft": None,
        }


def test_the_language_may_stand_behind_the_command(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "relevance", "project", "list", "--lang", "zh"],
        cwd=Path(__file__).resolve().parent.parent,
        env=os.environ | {"RELEVANCE_DATA": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "还没有项目" in done.stdout


def test_only_the_language_is_taken_out_of_its_place_and_what_follows_two_dashes_is_data() -> None:
    assert in_front(["users", "--lang=zh", "list", "--json"]) == ["--lang=zh", "users", "list", "--json"]
    assert in_front(["project", "list", "--lang"]) == ["--lang", "project", "list"]  # click says what is missing
    given = ["ingest", "--project", "P", "--", "--lang", "zh"]
    assert in_front(given) == given
