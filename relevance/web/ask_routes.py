"""The client's single question behind its link: a page without a script, and the one clip that the link opens.

/ask/TOKEN shows the question (GET) and takes the answer (POST); /ask-clip/TOKEN serves its clip, /ask-style/TOKEN its
style: a stranger gets no asset. Whoever holds the link needs no account, sees this one question, and no grade or grader's name: the service gives none.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from relevance import runtime
from relevance.errors import BadInput, RelevanceError
from relevance.services import client_questions, policies
from relevance.services.client_questions import Asked
from relevance.texts import LANGUAGES, translator
from relevance.web import gate
from relevance.web.headers import FORMS

STYLE = (Path(__file__).parent / "ask.css").read_text("utf-8")
SIGN_IN_STYLE = "/sign-in/style.css"  # what a stranger may have anyway
LONGEST_FORM = 8192
HEADERS = {
    "content-security-policy": f"{FORMS}; media-src 'self'",
    "cache-control": "no-store",
    # The link is the key: it must not travel on to anybody else.
    "referrer-policy": "no-referrer",
}


async def question(request: Request) -> Response:
    """GET, POST /ask/TOKEN."""
    token = request.path_params["token"]
    store = runtime.current().store
    language = _language(request, None)
    try:
        asked = await run_sync(client_questions.opened, store, token)
        language = _language(request, asked)
        if request.method == "POST":
            choice, comment = await _said(request)
            try:
                await run_sync(client_questions.answer, store, token, choice, comment)
            except BadInput as error:
                return await _page(asked, token, language, bad=error.say(translator(language)), status=400)
            asked = await run_sync(client_questions.opened, store, token)
        return await _page(asked, token, language)
    except RelevanceError as error:
        _ = translator(language)
        said = f'<p class="said bad" role="alert">{escape(error.say(_))}</p>'
        return _html(language, _("A question for you"), said, SIGN_IN_STYLE, error.status)


async def style(request: Request) -> Response:
    """GET /ask-style/TOKEN: the style of the page of an open or answered question."""
    try:
        await run_sync(client_questions.opened, runtime.current().store, request.path_params["token"])
    except RelevanceError as error:
        return JSONResponse({"error": error.code, "message": error.say(translator("en"))}, error.status)
    return Response(STYLE, media_type="text/css", headers={"cache-control": "private, max-age=3600"})


async def clip(request: Request) -> Response:
    """GET /ask-clip/TOKEN: the clip of an open question."""
    product = runtime.current()
    try:
        asked = await run_sync(client_questions.opened, product.store, request.path_params["token"])
        path = product.library.find(asked.content_id, "clip")
    except RelevanceError as error:
        return JSONResponse({"error": error.code, "message": error.say(translator("en"))}, error.status)
    return FileResponse(
        path, media_type="video/mp4", headers={"cache-control": "private, max-age=120", "content-disposition": "inline"}
    )


def _language(request: Request, asked: Asked | None) -> str:
    said = request.query_params.get("lang", "")
    return said if said in LANGUAGES else asked.language if asked is not None else gate.of(request).language


async def _said(request: Request) -> tuple[int, str]:
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > LONGEST_FORM:
        raise BadInput("This form is too long.")
    async with request.form(max_files=0, max_fields=5, max_part_size=LONGEST_FORM) as form:
        choice, comment = form.get("choice"), form.get("comment")
    if not isinstance(choice, str) or not choice.isdecimal() or len(choice) > 2:
        raise BadInput("Choose one of the answers.")
    return int(choice), comment if isinstance(comment, str) else ""


async def _page(asked: Asked, token: str, language: str, bad: str = "", status: int = 200) -> HTMLResponse:
    _ = translator(language)
    policy = await run_sync(policies.now, runtime.current().store, asked.project)
    percents = policy.policy.percents
    styled = f"/ask-style/{escape(token)}"
    span = ""
    if asked.start_ms is not None:
        span = f"#t={asked.start_ms / 1000:g}" + (f",{asked.end_ms / 1000:g}" if asked.end_ms is not None else "")
    note = f"<br>{escape(asked.keyword_note)}" if asked.keyword_note else ""
    head = (
        f'<video src="/ask-clip/{escape(token)}{span}" controls playsinline preload="metadata"></video>'
        f'<p class="keyword">{escape(_("Keyword"))}: <b>{escape(asked.keyword)}</b>{note}</p>'
        f'<h1>{escape(_("A question for you"))}</h1><p class="question">{escape(asked.text)}</p>'
    )
    if asked.answer is not None:
        chosen = asked.choices[asked.answer]
        thanks = _("Thank you. Your answer: {answer}").format(answer=f"{percents[chosen.level]}% · {chosen.text}")
        comment = f"<br>{escape(asked.comment)}" if asked.comment else ""
        said = f'<p class="said" role="status">{escape(thanks)}{comment}</p>'
        return _html(language, _("A question for you"), head + said, styled)
    said = f'<p class="said bad" role="alert">{escape(bad)}</p>' if bad else ""
    buttons = "".join(
        f'<button name="choice" value="{place}"><b>{percents[one.level]}%</b><span>{escape(one.text)}</span></button>'
        for place, one in enumerate(asked.choices)
    )
    form = (
        f'{said}<form method="post" action="/ask/{escape(token)}?lang={language}">'
        f'<label for="comment">{escape(_("A comment, if you wish (before you choose)"))}</label>'
        f'<textarea id="comment" name="comment" maxlength="500"></textarea>{buttons}</form>'
        f'<p class="small">{escape(_("One touch answers: it settles this clip and those like it."))}</p>'
    )
    return _html(language, _("A question for you"), head + form, styled, status)


def _html(language: str, title: str, body: str, styled: str, status: int = 200) -> HTMLResponse:
    tag = {"zh": "zh-Hans"}.get(language, language)
    return HTMLResponse(
        f'<!doctype html><html lang="{tag}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f'<title>{escape(title)}</title><link rel="icon" href="/sign-in/mark.svg" type="image/svg+xml">'
        f'<link rel="stylesheet" href="{styled}"></head><body><main>{body}</main></body></html>',
        status, headers=HEADERS,
    )  # fmt: skip


ROUTES: list[Route] = [
    Route("/ask/{token}", question, methods=["GET", "POST"]),
    Route("/ask-style/{token}", style, methods=["GET", "HEAD"]),
    Route("/ask-clip/{token}", clip, methods=["GET", "HEAD"]),
]
