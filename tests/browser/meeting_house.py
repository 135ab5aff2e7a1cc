"""A labelling centre with disputes and a client: what the browser test of a meeting begins with."""

from __future__ import annotations

from pathlib import Path

from relevance.roles import SYSTEM, Actor, Role
from relevance.runtime import Runtime
from relevance.services import accounts, grading, passwords, projects, sessions
from relevance.settings import Settings
from tests.browser.workshop import PASSWORD, PROJECT, build


def furnish(data: Path, clips: int = 3, keywords: int = 2, seconds: float = 4.0) -> None:
    """Fills a data folder: the workshop's project, a second lead, a client who reads English, a specialist, and
    clips x keywords disputed items, each with a grade of 100 and one of 33, notes, rules and evidence."""
    build(data, clips=clips, keywords=keywords, seconds=seconds)
    runtime = Runtime(Settings(data=data))
    try:
        store = runtime.store
        project = projects.by_name(store, PROJECT).id
        word = passwords.hashed(PASSWORD)
        for login, name, language, role in (
            ("lin", "林组长", "zh", Role.LEAD),
            ("carol", "Carol Client", "en", Role.CLIENT),
            ("sun", "孙专员", "zh", Role.SPECIALIST),
        ):
            accounts.add(
                store,
                SYSTEM,
                accounts.NewPerson(login, name, word, language=language),
                [accounts.Joining(project, role)],
            )
        notes = {3: ("主体就是它", "subject", (900, 2400)), 1: ("只在背景里一闪而过", "background", (1600,))}
        for login, level in (("li", 3), ("wang", 1)):
            rights = sessions.of(store).rights(accounts.by_login(store, login))
            assert rights is not None
            grader: Actor = rights.actor
            note, rule, evidence = notes[level]
            for _ in range(clips * keywords):
                work = grading.claim(store, grader, project, "tab", 1).work[0]
                grading.answer(
                    store, grader,
                    grading.Answer(work.assignment, work.seq, level, note=note, rule=rule, evidence_ms=evidence,
                                   decision_ms=9000, watched_share=1.0),
                )  # fmt: skip
    finally:
        runtime.close()
