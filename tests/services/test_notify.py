"""Invitations and minutes that really go out: to a mail server and to robots on this machine, or into a file."""

from __future__ import annotations

import base64
import email
import email.policy
import hashlib
import hmac
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from relevance.errors import NotAllowed, Stale
from relevance.roles import Actor, Role
from relevance.services import agendas, meetings, notify
from relevance.settings import Settings
from tests.world import World


@dataclass
class Mailbox:
    """What a mail server took: (recipient, message)."""

    port: int = 0
    mails: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def mail_server(refuse: bool = False) -> Iterator[Mailbox]:
    """As much of SMTP as a client needs."""
    box = Mailbox()

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            to = ""
            while line := self.rfile.readline():
                word = line[:4].upper().strip()
                if word == b"RCPT":
                    to = line.decode().split("<")[1].split(">")[0]
                    self.wfile.write(b"550 nobody of that name\r\n" if refuse else b"250 ok\r\n")
                    continue
                if word == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    body = b""
                    while (part := self.rfile.readline()) != b".\r\n":
                        body += part
                    box.mails.append((to, body.decode()))
                elif word == b"QUIT":
                    self.wfile.write(b"221 bye\r\n")
                    return
                self.wfile.write(b"250 ok\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk) as server:
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield box
        server.shutdown()


@dataclass
class Robot:
    """What a robot was sent: (path with query, headers, body)."""

    url: str = ""
    calls: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def robot_server(answer: dict[str, object], status: int = 200) -> Iterator[Robot]:
    robot = Robot()

    class Talk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            robot.calls.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            said = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Talk) as server:
        robot.url = f"http://127.0.0.1:{server.server_address[1]}/robot/send?access_token=k"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield robot
        server.shutdown()


@pytest.fixture
def lead(world: World) -> Actor:
    return world.person("lead", Role.LEAD)


@pytest.fixture
def meeting(world: World, lead: Actor) -> int:
    graders = world.graders(2)
    client = world.person("client", Role.CLIENT)
    world.items(2)
    for _ in range(2):
        world.grade_all(graders, [3, 0])
    world.store.act(
        lambda tx: tx.execute(
            "update person set address = 'client@example.com', language = 'en' where login = 'client'"
        )
    )
    world.store.act(lambda tx: tx.execute("update person set address = 'lead@example.com' where login = 'lead'"))
    made = meetings.make(world.store, lead, world.project, "周五例会", world.clock.now(), 60, [client.account])
    agendas.fill(world.store, lead, made)
    return made


def settings(world: World, **more: object) -> Settings:
    return Settings(data=world.folder, public_url="https://labels.example.com", **more)  # type: ignore[arg-type]


def test_a_mail_goes_to_each_alone_in_his_language(world: World, lead: Actor, meeting: int) -> None:
    with mail_server() as box:
        how = settings(
            world, smtp_host="127.0.0.1", smtp_port=box.port, smtp_security="none", smtp_from="a@example.com"
        )
        (notice,) = notify.send(world.store, how, None, lead, meeting, "invitation")
    assert (notice.channel, notice.detail, notice.failed) == ("smtp", "2", None)
    read = {to: email.message_from_string(text, policy=email.policy.default) for to, text in box.mails}
    assert set(read) == {"lead@example.com", "client@example.com"}
    assert read["client@example.com"]["Subject"] == "Invitation: 周五例会"
    assert read["lead@example.com"]["Subject"] == "会议邀请: 周五例会"
    for to, message in read.items():
        assert "lead@" not in message.as_string() or to.startswith("lead")
        assert f"https://labels.example.com/room/{meeting}" in message.get_content()
    with world.store.reader() as reader:
        assert "example.com" not in str(reader.all("select * from meeting_notice"))


def test_minutes_by_mail_bring_both_languages_as_word_files(world: World, lead: Actor, meeting: int) -> None:
    meetings.open_(world.store, lead, meeting)
    meetings.close(world.store, lead, meeting)
    with mail_server() as box:
        how = settings(world, smtp_host="127.0.0.1", smtp_port=box.port, smtp_security="none")
        notify.send(world.store, how, None, lead, meeting, "minutes")
    message = email.message_from_string(dict(box.mails)["client@example.com"], policy=email.policy.default)
    names = [part.get_filename() for part in message.iter_attachments()]  # type: ignore[attr-defined]
    assert [name.rsplit("_", 1)[1] for name in names] == ["en.docx", "zh.docx"]


@pytest.mark.parametrize("kind", ["dingtalk", "feishu", "wecom", "plain"])
def test_a_robot_gets_its_own_format_with_its_own_signature(world: World, lead: Actor, meeting: int, kind: str) -> None:
    secret = "SEC-a-secret"
    with robot_server({"errcode": 0, "code": 0}) as robot:
        how = settings(world, webhook_url=robot.url, webhook_kind=kind, webhook_secret=secret)
        (notice,) = notify.send(world.store, how, None, lead, meeting, "reminder")
    assert (notice.channel, notice.failed) == ("webhook", None)
    ((path, headers, raw),) = robot.calls
    body, query = json.loads(raw), parse_qs(urlsplit(path).query)
    assert query["access_token"] == ["k"]
    if kind == "dingtalk":
        text, stamp = body["markdown"]["text"], query["timestamp"][0]
        assert (body["msgtype"], body["markdown"]["title"], len(stamp)) == ("markdown", "会议提醒: 周五例会", 13)
        expected = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
        assert query["sign"] == [base64.b64encode(expected).decode()]
    elif kind == "feishu":
        text, stamp = body["content"]["text"], body["timestamp"]
        assert (body["msg_type"], len(stamp)) == ("text", 10)
        expected = hmac.new(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
        assert body["sign"] == base64.b64encode(expected).decode()
    elif kind == "wecom":
        text = body["markdown"]["content"]
        assert body["msgtype"] == "markdown" and "sign" not in query
    else:
        text, stamp = body["text"], headers["x-relevance-timestamp"]
        expected = hmac.new(secret.encode(), f"{stamp}.".encode() + raw, hashlib.sha256).digest()
        assert headers["x-relevance-signature"] == expected.hex()
    assert f"https://labels.example.com/room/{meeting}" in text


@pytest.mark.parametrize(
    ("answer", "status", "says"),
    [({"errcode": 310000, "errmsg": "sign not match"}, 200, "310000 sign not match"), ({}, 500, "answered 500")],
)
def test_a_robot_that_refuses_is_told_and_on_record(world, lead, meeting, answer, status, says) -> None:  # type: ignore[no-untyped-def]
    with robot_server(answer, status) as robot:
        how = settings(world, webhook_url=robot.url, webhook_kind="dingtalk")
        (notice,) = notify.send(world.store, how, None, lead, meeting, "invitation")
    assert says in (notice.failed or "")
    assert [one.failed for one in notify.sent(world.store, lead, meeting)] == [notice.failed]


def test_a_mail_server_that_refuses_or_is_away_is_on_record_without_addresses(world, lead, meeting) -> None:  # type: ignore[no-untyped-def]
    with mail_server(refuse=True) as box:
        how = settings(world, smtp_host="127.0.0.1", smtp_port=box.port, smtp_security="none")
        (refused,) = notify.send(world.store, how, None, lead, meeting, "invitation")
    (away,) = notify.send(world.store, how, None, lead, meeting, "invitation")
    assert (refused.failed, away.failed) == ("SMTPRecipientsRefused", "ConnectionRefusedError")


def test_without_a_channel_it_is_a_file_that_any_mail_program_opens(world: World, lead: Actor, meeting: int) -> None:
    (notice,) = notify.send(world.store, settings(world), None, lead, meeting, "invitation")
    assert notice.channel == "file"
    file = Path(world.folder) / notify.OUTBOX / notice.detail
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert message["Subject"] == "会议邀请: 周五例会"


def test_a_long_agenda_is_cut_between_lines_so_that_the_robot_takes_it() -> None:
    letter = notify.Letter("s", "\n".join(f"{n}. 关键词关键词关键词" for n in range(400)))
    _url, _headers, raw = notify.robot_request("wecom", "http://x/", "", letter, 0)
    text = json.loads(raw)["markdown"]["content"]
    assert len(text.encode()) <= 4096 and text.endswith("\n…")


def test_only_who_runs_meetings_sends_and_each_kind_in_its_time(world: World, lead: Actor, meeting: int) -> None:
    with pytest.raises(Stale):
        notify.send(world.store, settings(world), None, lead, meeting, "minutes")
    with world.store.reader() as reader:
        account = reader.value("select account from person where login = 'client'")
    client = Actor(account, roles={world.project: frozenset({Role.CLIENT})})
    with pytest.raises(NotAllowed):
        notify.send(world.store, settings(world), None, client, meeting, "invitation")
