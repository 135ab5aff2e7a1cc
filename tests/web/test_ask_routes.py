"""The client's link over HTTP, without an account: one question, its clip, one answer; nothing else opens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from relevance.clock import SystemClock
from relevance.media.library import Library
from relevance.roles import Role
from relevance.services import client_questions
from relevance.services.client_questions import Choice
from tests.served import CLIP, Server
from tests.world import World


@dataclass
class Asked:
    """A running server with two questions to the client."""

    server: Server
    tokens: list[str]
    other_clip: str


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    data = tmp_path_factory.mktemp("asked") / "data"
    data.mkdir()
    world = World(data, SystemClock())  # type: ignore[arg-type]
    lead, graders = world.person("lead", Role.LEAD), world.graders(2)
    items = world.items(3)
    for _ in items:
        world.grade_all(graders, [3, 0])
    choices = [Choice(3, "算 <b>"), Choice(0, "不算")]
    tokens = [
        client_questions.ask(world.store, lead, world.project, item, "车标算不算？", choices, "zh")[1]
        for item in items[:2]
    ]
    with world.store.reader() as reader:
        clips = [row[0] for row in reader.all("select content_id from clip order by id")]
    library = Library.of(data)
    for content_id in clips:
        path = library.path(content_id, "clip")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(CLIP)
    world.store.close()
    server = Server(data).start()
    yield Asked(server, tokens, clips[2])
    server.stop()


def test_the_page_asks_without_an_account_and_names_no_grader(asked: Asked) -> None:
    with asked.server.client() as client:
        reply = client.get(f"/ask/{asked.tokens[0]}")
    assert reply.status_code == 200
    assert "车标算不算？" in reply.text and "100%" in reply.text
    assert "算 &lt;b&gt;" in reply.text  # what was typed is never markup
    shown = reply.text.replace(asked.tokens[0], "")  # chance may spell anything
    assert "G0" not in shown and "G1" not in shown
    assert "script" not in shown
    assert reply.headers["referrer-policy"] in ("no-referrer", "same-origin")
    assert "media-src 'self'" in reply.headers["content-security-policy"]


def test_the_style_belongs_to_the_link_and_a_stranger_gets_the_sign_in_pages(asked: Asked) -> None:
    with asked.server.client() as client:
        own = f"/ask-style/{asked.tokens[0]}"
        assert own in client.get(f"/ask/{asked.tokens[0]}").text
        assert client.get(own).headers["content-type"].startswith("text/css")
        refused = client.get("/ask/no-such-token")
    assert "/ask-style/" not in refused.text and "/sign-in/style.css" in refused.text


def test_the_link_plays_its_own_clip_and_no_other(asked: Asked) -> None:
    with asked.server.client() as client:
        assert client.get(f"/ask-clip/{asked.tokens[0]}").content == CLIP
        piece = client.get(f"/ask-clip/{asked.tokens[0]}", headers={"Range": "bytes=10-19"})
        assert (piece.status_code, piece.content) == (206, CLIP[10:20])
        assert client.get(f"/clip/{asked.other_clip}").status_code == 401
        for path in ("/ask/no-such-token", "/ask-clip/no-such-token", "/ask-style/no-such-token", "/ask/style.css"):
            assert client.get(path).status_code == 404
        assert client.get("/disputes").status_code == 303


def test_one_touch_answers_and_a_second_one_is_told(asked: Asked) -> None:
    path = f"/ask/{asked.tokens[1]}"
    with asked.server.client() as client:
        assert client.post(path, data={"choice": "9"}).status_code == 400
        assert client.post(path, data={}).status_code in (400, 422)
        reply = client.post(path, data={"choice": "1", "comment": "只有标志不算"})
        assert reply.status_code == 200
        assert "只有标志不算" in reply.text and "<form" not in reply.text
        assert client.post(path, data={"choice": "0"}).status_code == 409
        assert "只有标志不算" in client.get(path).text


def test_the_page_speaks_the_language_that_is_asked_for(asked: Asked) -> None:
    with asked.server.client() as client:
        assert "请您定夺" in client.get(f"/ask/{asked.tokens[0]}").text
        assert "A question for you" in client.get(f"/ask/{asked.tokens[0]}?lang=en").text
