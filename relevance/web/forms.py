"""The server's own pages: plain HTML forms without a script, for who is not (yet) in the app."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from starlette.responses import HTMLResponse

from relevance.texts import LANGUAGES, translator
from relevance.web.headers import FORMS

PRODUCT = "Relevance"


@dataclass(frozen=True, slots=True)
class Field:
    """One input. `kind` is the HTML type, `fill` what a password manager should know."""

    name: str
    label: str
    kind: str = "text"
    fill: str = "off"
    value: str = ""
    hint: str = ""
    focus: bool = False
    shortest: int = 0


def form(
    language: str, title: str, lead: str, action: str, fields: Sequence[Field], button: str, *, hidden: dict[str, str],
    path: str, bad: str = "", good: str = "", below: str = "", status: int = 200, tongues: bool = True,
) -> HTMLResponse:  # fmt: skip
    """A page with one form. All texts are escaped here; `below` is HTML that the caller has made safe."""
    said = f'<p class="said bad" role="alert">{escape(bad)}</p>' if bad else ""
    said += f'<p class="said good" role="status">{escape(good)}</p>' if good else ""
    inputs = "".join(_input(one) for one in fields)
    inputs += "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in hidden.items()
    )
    body = (
        f"<h1>{escape(title)}</h1>"
        + (f'<p class="lead">{escape(lead)}</p>' if lead else "")
        + said
        + f'<form method="post" action="{escape(action)}">{inputs}<button>{escape(button)}</button></form>'
        + (f'<p class="below">{below}</p>' if below else "")
    )
    return page(language, title, body, path, status, tongues)


def page(language: str, title: str, body: str, path: str, status: int = 200, tongues: bool = True) -> HTMLResponse:
    """A whole page around HTML that the caller has made safe."""
    links = "".join(
        f'<a href="{escape(_with_language(path, code))}" lang="{code}"{" aria-current=true" if code == language else ""}>{name}</a>'
        for code, name in LANGUAGES.items()
    )
    tag = {"zh": "zh-Hans"}.get(language, language)
    _ = translator(language)
    html = (
        f'<!doctype html><html lang="{tag}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{escape(title)} · {PRODUCT}</title>"
        '<link rel="icon" href="/sign-in/mark.svg" type="image/svg+xml"><link rel="stylesheet" href="/sign-in/style.css">'
        f'</head><body><header><a class="mark" href="/"><img src="/sign-in/mark.svg" alt="">{PRODUCT}</a>'
        f'<nav class="tongues" aria-label="{escape(_("Language"))}">{links if tongues else ""}</nav></header>'
        f'<main><div class="card">{body}</div></main></body></html>'
    )
    return HTMLResponse(html, status, headers={"content-security-policy": FORMS, "cache-control": "no-store"})


def _input(one: Field) -> str:
    extra = f' minlength="{one.shortest}"' if one.shortest else ""
    extra += ' autocapitalize="none" spellcheck="false"' if one.name in ("login", "name") else ""
    hint = f'<p class="hint" id="{one.name}-hint">{escape(one.hint)}</p>' if one.hint else ""
    extra += f' aria-describedby="{one.name}-hint"' if one.hint else ""
    extra += " autofocus" if one.focus else ""
    return (
        f'<label for="{one.name}">{escape(one.label)}</label><input id="{one.name}" name="{one.name}" type="{one.kind}" '
        f'autocomplete="{one.fill}" value="{escape(one.value)}" required{extra}>{hint}'
    )


def _with_language(path: str, code: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}lang={code}"
