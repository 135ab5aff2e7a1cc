"""What the player gets: the page's frame, an item, the guideline; as JSON, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from relevance.roles import Actor
from relevance.services import accounts, guidelines, membership, my_work, preferences, rule_examples
from relevance.services.leased import Work
from relevance.store.store import Store
from relevance.texts import translator
from relevance.web.media_routes import clip_src
from relevance.web.player import version
from relevance.web.player.texts import sentences

BASE = "/api"  # where the routes of the grade loop are


def work_data(store: Store, work: Work) -> dict[str, Any]:
    """An item as the player gets it: neither its number nor why it was assigned (work, gold, audit ...), on purpose."""
    strip = work.strip
    return {
        "assignment": work.assignment,
        "item": store.aliases.name(work.assignment, work.item),
        "seq": work.seq,
        "clip": work.content_id,
        "url": f"/clip/{work.content_id}",
        "start_ms": work.start_ms,
        "end_ms": work.end_ms,
        "duration_ms": work.duration_ms,
        "width": work.width,
        "height": work.height,
        "fps": work.fps,
        "has_audio": work.has_audio,
        "strip": {
            "url": f"/strip/{work.content_id}",
            "columns": strip["tiles"],
            "width": strip["tile_width"],
            "height": strip["tile_height"],
            "times": strip["times_ms"],
        }
        if strip.get("tiles")
        else None,
        "captions": f"/captions/{work.content_id}" if work.captions else None,
        "title": work.title,
        "description": work.description,
        "uploader": work.uploader,
        "keyword": {"zh": work.keyword_zh, "en": work.keyword_en, "note": work.keyword_note},
        "batch": work.batch,
        "asked_before": list(work.answers),
        "precedents": list(work.precedents),
    }


def _in(language: str, zh: str | None, en: str | None) -> str:
    return (zh or en or "") if language == "zh" else (en or zh or "")


def level_data(book: guidelines.Guideline, language: str) -> list[dict[str, Any]]:
    """The four levels, the lowest first, by the project's names and percentages."""
    return [
        {
            "level": level.level,
            "percent": level.percent,
            "name": _in(language, level.name_zh, level.name_en),
            "definition": _in(language, level.definition_zh, level.definition_en),
        }
        for level in sorted(book.levels, key=lambda level: level.level)
    ]


def guideline_data(
    book: guidelines.Guideline, language: str, examples: Mapping[str, Sequence[rule_examples.RuleExample]]
) -> dict[str, Any]:  # fmt: skip
    """A guideline as the player gets it, each rule with its examples."""
    say, percents = translator(language), {level.level: level.percent for level in book.levels}
    return {
        "id": book.id,
        "version": book.version,
        "title": _in(language, book.title_zh, book.title_en),
        "levels": level_data(book, language),
        "rules": [
            {
                "rule": rule.id,
                "number": rule.number,
                "heading": _in(language, rule.heading_zh, rule.heading_en),
                "title": _in(language, rule.title_zh, rule.title_en),
                "text": _in(language, rule.text_zh, rule.text_en),
                "examples": [
                    {
                        "kind": one.kind,
                        "kind_name": say(rule_examples.NAMES[one.kind]),
                        "clip": clip_src(one.content_id, one.start_ms, one.end_ms),
                        "poster": f"/poster/{one.content_id}",
                        "keyword": _in(language, one.keyword_zh, one.keyword_en),
                        "percent": None if one.level is None else percents.get(one.level),
                        "note": one.note,
                    }
                    for one in examples.get(rule.id, ())
                ],
            }
            for rule in book.rules
        ],
    }


def page_data(store: Store, actor: Actor, project: int, language: str, demo: bool = False) -> dict[str, Any]:
    """What the Grade page hands to the player: who, where, the scale, the sentences."""
    at = store.live.projects[project]
    book = guidelines.current(store, project)
    created, lead = accounts.since(store, actor.account), membership.lead_of(store, project, actor.account)
    return {
        "base": BASE,
        "account": actor.account,
        # An account's number comes again in another store at the same address; its first moment does not.
        "owner": f"{actor.account}.{int(created.timestamp() * 1000) if created else 0}",
        "project": {"id": project, "name": at.name, "demo": demo},
        "language": language,
        "lead": lead,
        "levels": level_data(book, language),
        "guideline": book.id,
        "reversed": bool(at.settings.get("keys_reversed", False)),
        "least_share": float(at.settings.get("least_watched", 0.0)),
        "beat_seconds": max(2.0, store.live.lease.total_seconds() / 6),
        "preferences": preferences.of(store, actor).get("player"),
        "day": asdict(my_work.my_day(store, actor, project)),
        "sign_in": "/sign-in",
        "client": f"player/{version()}",
        "texts": sentences(language),
    }
