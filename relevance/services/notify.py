"""Invitations, reminders and minutes: by mail, to a chat's robot, or, where neither is set up, as a file on the server.

A mail goes to each person alone, in his language; the robot gets one message. What went out is on record, without
addresses. Sending is no part of an act of the store: what fails is on record as failed, and can be sent again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import smtplib
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime as mail_date
from email.utils import formataddr, make_msgid
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus
from zoneinfo import ZoneInfo

from relevance.errors import BadInput, Stale
from relevance.media.library import Library
from relevance.roles import Act, Actor, require
from relevance.services import agendas, meetings, minutes, seats
from relevance.services.meetings import MeetingRow
from relevance.settings import Settings
from relevance.store.store import Store, Tx
from relevance.texts import N_, counter, translator

OUTBOX = "outbox"
TIMEOUT_S = 15.0
LONGEST_ROBOT = 3800  # WeCom takes 4096 bytes of Markdown
KINDS = {"invitation": N_("Invitation"), "reminder": N_("Reminder"), "minutes": N_("Minutes of the meeting")}


@dataclass(frozen=True, slots=True)
class Notice:
    """One message that went out, or could not: `failed` says why."""

    kind: str
    channel: str
    detail: str
    failed: str | None
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """What is said, in one language."""

    subject: str
    text: str
    files: tuple[minutes.File, ...] = ()


def base_url(settings: Settings) -> str:
    """The address that people open the app by."""
    return settings.public_url or (settings.origins[0] if settings.origins else settings.url)


def channels(settings: Settings) -> list[str]:
    """Where messages go."""
    found = [name for name, on in (("smtp", settings.smtp_host), ("webhook", settings.webhook_url)) if on]
    return found or ["file"]


def send(
    store: Store, settings: Settings, library: Library | None, actor: Actor, meeting: int, kind: str
) -> list[Notice]:  # fmt: skip
    """Sends an invitation, a reminder or the minutes by every channel that is set up. Returns what became of each.

    Raises:
        BadInput: there is no such kind of message.
        Stale: the meeting is over (invitation, reminder) or has not begun (minutes).
    """
    row = meetings.one(store, actor, meeting)
    require(actor, Act.RUN_MEETING, row.project)
    if kind not in KINDS:
        raise BadInput("A message is an invitation, a reminder or minutes, not {kind}.", kind=kind)
    if (kind == "minutes") != (row.state != "before"):
        if row.state == "before":
            raise Stale("This meeting has not begun yet. Its chair opens it.")
        raise Stale("This meeting has begun already.")
    letters: dict[str, Letter] = {}

    def letter(language: str) -> Letter:
        if language not in letters:
            letters[language] = _letter(store, settings, library, actor, row, kind, language)
        return letters[language]

    done = []
    for channel in channels(settings):
        failed: str | None = None
        detail = ""
        try:
            if channel == "smtp":
                detail = _mail(settings, _addressees(store, meeting), letter)
            elif channel == "webhook":
                robot(settings, letter(settings.language))
                detail = settings.webhook_kind
            else:
                detail = _file(store.folder, row, kind, letter(settings.language))
        except (OSError, smtplib.SMTPException, BadInput) as error:
            # Names and addresses that a server's answer may quote stay out of the record.
            failed = str(error) if isinstance(error, BadInput) else type(error).__name__
        done.append(_noted(store, actor, row, kind, channel, detail, failed))
    return done


def sent(store: Store, actor: Actor, meeting: int) -> list[Notice]:
    """What went out for a meeting, the newest first."""
    meetings.one(store, actor, meeting)
    with store.reader() as reader:
        return [
            Notice(*row)
            for row in reader.all(
                "select kind, channel, detail, failed, made_at from meeting_notice where meeting = ? order by id desc",
                [meeting],
            )
        ]


def _noted(
    store: Store, actor: Actor, row: MeetingRow, kind: str, channel: str, detail: str, failed: str | None
) -> Notice:  # fmt: skip
    def act(tx: Tx) -> Notice:
        made = tx.new_act("meeting.notify", actor, row.project, meeting=row.id, kind=kind, channel=channel)
        tx.insert(
            "meeting_notice", id=tx.new_id("meeting_notice"), meeting=row.id, kind=kind, channel=channel, detail=detail,
            failed=failed, made_at=tx.now, made_by=actor.account, act=made,
        )  # fmt: skip
        return Notice(kind, channel, detail, failed, tx.now)

    return store.act(act)


def _addressees(store: Store, meeting: int) -> list[tuple[str, str, str]]:
    """Who can be written to: (name, address, language)."""
    with store.reader() as reader:
        return [
            (name, address, language)
            for name, address, language in reader.all(
                """select person.name, person.address, person.language from meeting_attendee a
                   join person on person.account = a.account
                   where a.meeting = ? and a.removed_at is null and person.address like '%_@_%' order by a.id""",
                [meeting],
            )
        ]


def _letter(
    store: Store, settings: Settings, library: Library | None, actor: Actor, row: MeetingRow, kind: str, language: str
) -> Letter:  # fmt: skip
    say = translator(language)
    zone = store.live.projects[row.project].time_zone
    when = row.starts_at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
    link = f"{base_url(settings)}/room/{row.id}"
    lines = [
        say(N_("{title}: {when}, {minutes} minutes")).format(title=row.title, when=when, minutes=row.budget_minutes),
        "",
        say(N_("The room, where you can also vote before: {link}")).format(link=link)
        if kind != "minutes"
        else say(N_("What was decided, to read on: {link}")).format(link=link),
        "",
        f"{say(N_('Agenda'))}:",
    ]
    for number, case in enumerate(agendas.of(store, actor, row.id), 1):
        word = (case.keyword_zh or case.keyword_en) if language == "zh" else (case.keyword_en or case.keyword_zh)
        more = f" ({counter(language)(*minutes.ITEMS, case.items).format(n=case.items)})" if case.items > 1 else ""
        lines.append(f"{number}. {word}{more}")
    files: tuple[minutes.File, ...] = ()
    if kind == "minutes":
        seat = seats.of(store, actor, row.id)
        files = tuple(minutes.write(store, library, seat, tongue, "docx") for tongue in (language, _other(language)))
    return Letter(f"{say(KINDS[kind])}: {row.title}", "\n".join(lines) + "\n", files)


def _other(language: str) -> str:
    return "en" if language == "zh" else "zh"


# Mail ------------------------------------------------------------------------------------------------------------------


def mail(letter: Letter, sender: str, name: str = "", address: str = "", at: datetime | None = None) -> EmailMessage:
    """A letter as a mail."""
    message = EmailMessage()
    message["Subject"] = " ".join(letter.subject.split())
    message["From"] = sender
    if address:
        message["To"] = formataddr((name, address))
    if at is not None:
        message["Date"] = mail_date(at)
    message["Message-ID"] = make_msgid(domain="relevance.invalid")
    message.set_content(letter.text)
    for file in letter.files:
        main, _, sub = file.media_type.partition("/")
        message.add_attachment(file.data, maintype=main, subtype=sub, filename=file.name)
    return message


def _mail(settings: Settings, people: list[tuple[str, str, str]], letter: Callable[[str], Letter]) -> str:
    if not people:
        raise BadInput("Nobody in this meeting has a mail address.")
    letters = [
        (address, mail(letter(language), settings.smtp_from or "relevance@localhost", name, address))
        for name, address, language in people
    ]  # fmt: skip
    context = ssl.create_default_context()
    server: smtplib.SMTP
    if settings.smtp_security == "tls":
        server = smtplib.SMTP_SSL(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_S, context=context)
    else:
        server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_S)
    with server:
        if settings.smtp_security == "starttls":
            server.starttls(context=context)
        if settings.smtp_user and settings.smtp_password is not None:
            server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        for _address, message in letters:
            server.send_message(message)
    return str(len(letters))


# Robots ----------------------------------------------------------------------------------------------------------------


def robot_request(
    kind: str, url: str, secret: str, letter: Letter, at: float
) -> tuple[str, dict[str, str], bytes]:  # fmt: skip
    """A message as a robot takes it: (address, headers, body).

    dingtalk: timestamp (ms) and sign = Base64(HMAC-SHA256(secret, "timestamp\\nsecret")) in the address.
    feishu: timestamp (s) and sign = Base64(HMAC-SHA256(key "timestamp\\nsecret", nothing)) in the body.
    wecom: no signature; the key in the address is the secret.
    plain: X-Relevance-Timestamp and X-Relevance-Signature = hex HMAC-SHA256(secret, timestamp + "." + body).
    """
    text = _short(f"{letter.subject}\n\n{letter.text}")
    headers = {"Content-Type": "application/json; charset=utf-8"}
    body: dict[str, Any]
    if kind == "dingtalk":
        body = {"msgtype": "markdown", "markdown": {"title": letter.subject, "text": text.replace("\n", "  \n")}}
        if secret:
            stamp = str(round(at * 1000))
            sign = base64.b64encode(_hmac(secret.encode(), f"{stamp}\n{secret}".encode())).decode()
            url += f"{'&' if '?' in url else '?'}timestamp={stamp}&sign={quote_plus(sign)}"
    elif kind == "feishu":
        body = {"msg_type": "text", "content": {"text": text}}
        if secret:
            stamp = str(int(at))
            sign = base64.b64encode(_hmac(f"{stamp}\n{secret}".encode(), b"")).decode()
            body = {"timestamp": stamp, "sign": sign, **body}
    elif kind == "wecom":
        body = {"msgtype": "markdown", "markdown": {"content": text}}
    else:
        body = {"subject": letter.subject, "text": letter.text}
    raw = json.dumps(body, ensure_ascii=False).encode()
    if kind == "plain" and secret:
        stamp = str(int(at))
        headers["X-Relevance-Timestamp"] = stamp
        headers["X-Relevance-Signature"] = _hmac(secret.encode(), f"{stamp}.".encode() + raw).hex()
    return url, headers, raw


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def _short(text: str) -> str:
    """What fits into a robot's message, cut between lines."""
    while len(text.encode()) > LONGEST_ROBOT:
        text = text.rstrip("… \n").rpartition("\n")[0] + "\n…"
    return text


def robot(settings: Settings, letter: Letter) -> None:
    """Posts a message to the robot.

    Raises:
        BadInput: the robot answered that it does not take it.
        OSError: it can't be reached.
    """
    assert settings.webhook_url is not None
    secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret is not None else ""
    url, headers, body = robot_request(
        settings.webhook_kind, settings.webhook_url.get_secret_value(), secret, letter, time.time()
    )
    request = urllib.request.Request(url, body, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as reply:
            said = reply.read(65536)
    except urllib.error.HTTPError as error:
        raise BadInput("The robot answered {status}.", status=error.code) from None
    # All three answer 200 also to what they refuse, and say so in the body.
    try:
        answer = json.loads(said or b"{}")
    except ValueError:
        answer = {}
    code = answer.get("errcode", answer.get("code", answer.get("StatusCode", 0))) if isinstance(answer, dict) else 0
    if settings.webhook_kind != "plain" and code != 0:
        why = answer.get("errmsg", answer.get("msg", ""))
        raise BadInput("The robot did not take the message: {code} {why}.", code=code, why=str(why)[:200])


# A file ----------------------------------------------------------------------------------------------------------------


def _file(folder: Path, row: MeetingRow, kind: str, letter: Letter) -> str:
    """The letter as a mail in a file, to be opened by any mail program; its name."""
    outbox = folder / OUTBOX
    outbox.mkdir(mode=0o700, exist_ok=True)
    name = f"meeting-{row.id}-{kind}-{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 10**6:06}.eml"
    message = mail(letter, "relevance@localhost")
    (outbox / name).write_bytes(message.as_bytes())
    return name
