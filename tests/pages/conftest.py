"""A labelling house behind the real app: `open_page` runs a page as a person sees it, from the navigation on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from relevance import runtime
from relevance.roles import Actor
from relevance.services import preferences, sessions
from relevance.settings import Settings
from relevance.store.store import Tx
from tests import components
from tests.house import House

components.know()

PAGES = Path(__file__).resolve().parent.parent.parent / "pages"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Builds a house and makes its store the running product's."""
    made: list[House] = []

    def build(**options: object) -> House:
        folder = tmp_path / f"house{len(made)}"
        folder.mkdir()
        home = House(folder, **options)  # type: ignore[arg-type]
        made.append(home)
        home.store.close()
        home.store = runtime.start(Settings(data=folder), home.clock, serving=False).store
        return home

    yield build
    runtime.stop()


@pytest.fixture
def open_page() -> Callable[..., AppTest]:
    """`open_page(house, actor, "disputes", language="en", item="3")`: the page after its first run, without an exception."""

    def open_(home: House, actor: Actor, name: str, language: str = "zh", **query: str) -> AppTest:
        keeper = sessions.of(home.store)

        def begin(tx: Tx) -> object:
            return keeper.start(tx, actor.account, "", "")

        _token, session = home.store.act(begin)  # type: ignore[misc]
        keeper.begun(session)
        preferences.set_language(home.store, actor, language)
        at = AppTest.from_file(str(PAGES / "main.py"), default_timeout=30)
        at.user = {"sub": session.id}
        for key, value in query.items():
            at.query_params[key] = value
        at.switch_page(str(PAGES / f"{name}.py")).run()
        assert not at.exception, at.exception
        return at

    return open_


@pytest.fixture
def said() -> Callable[[AppTest], str]:
    """Every text on a page, one a line."""

    def texts(at: AppTest) -> str:
        kinds = (at.markdown, at.caption, at.error, at.warning, at.info, at.success, at.code)
        return "\n".join(str(one.value) for kind in kinds for one in kind)

    return texts
