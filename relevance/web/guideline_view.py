"""The guideline as a page: levels, rules under their headings, a search, and (for who may) a new version."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from relevance.services import rule_examples
from relevance.services.guidelines import Guideline, Rule
from relevance.services.names import fold
from relevance.services.rule_examples import RuleExample
from relevance.texts import _
from relevance.web import dispute_view as view
from relevance.web import format as fmt
from relevance.web import media_routes, page, query
from relevance.web.charts import LEVEL_COLOURS


@dataclass(frozen=True, slots=True)
class GuidelineFiles:
    """A new version of the guideline: one Markdown text a language."""

    zh: str | None
    en: str | None
    note: str
    names: tuple[str, str]


def matching(rules: Sequence[Rule], text: str) -> list[Rule]:
    """The rules that hold every word of a search, in either language; all where nothing is searched."""
    words = fold(text).split()
    return [rule for rule in rules if all(word in _folded(rule) for word in words)]


def _folded(rule: Rule) -> str:
    parts = (rule.number, rule.heading_zh, rule.heading_en, rule.title_zh, rule.title_en, rule.text_zh, rule.text_en)
    return fold(" ".join(part for part in parts if part))


def head(guideline: Guideline, zone: str, now: datetime) -> None:
    """Its title, version and what is new in it; or that there is none yet."""
    if not guideline.version:
        page.empty(_("No guideline yet"), _("Levels have plain names until one is published."), ":material/menu_book:")
        return
    title = fmt.in_language(guideline.title_zh, guideline.title_en)
    made = fmt.moment(guideline.made_at, zone, now)
    st.markdown(f"#### {page.plain(title)}", anchors=False)
    said = _("Version {n}, in force since {when}").format(n=guideline.version, when=made)
    st.caption(f"{said} · {page.plain(guideline.note)}" if guideline.note else said)


def levels(guideline: Guideline) -> None:
    """The levels, highest first, each with its one-line definition."""
    cells = st.columns(len(guideline.levels), border=True)
    for cell, level in zip(cells, sorted(guideline.levels, key=lambda one: -one.level), strict=True):
        with cell:
            st.html(f'<div style="height:4px;border-radius:2px;background:{LEVEL_COLOURS[level.level]}"></div>')
            st.markdown(f"**{level.percent}%** {page.plain(fmt.in_language(level.name_zh, level.name_en))}")
            st.caption(page.plain(fmt.in_language(level.definition_zh, level.definition_en)))


def searched(
    guideline: Guideline, examples: Mapping[str, Sequence[RuleExample]], percents: Sequence[int]
) -> None:  # fmt: skip
    """The rules that a search finds."""
    if not guideline.rules:
        return
    text = query.search(_("Search the guideline"), "search", _("words of a rule, in Chinese or English"))
    found = matching(guideline.rules, text)
    if text:
        st.caption(_("{n} of {all} rules").format(n=fmt.number(len(found)), all=fmt.number(len(guideline.rules))))
    rules(found, examples, percents)


def rules(found: Sequence[Rule], examples: Mapping[str, Sequence[RuleExample]], percents: Sequence[int] = ()) -> None:
    """Rules under their headings, in the guideline's order, each with its examples."""
    heading = None
    for rule in found:
        of = fmt.in_language(rule.heading_zh, rule.heading_en)
        if of != heading:
            heading = of
            st.markdown(f"##### {page.plain(of)}", anchors=False)
        with st.container(border=True, gap="xsmall", key=f"rule_of_{rule.id}"):
            st.markdown(f"**{page.plain(view.rule_name(rule))}**")
            st.markdown(fmt.in_language(rule.text_zh, rule.text_en))
            if shown := examples.get(rule.id):
                st.html(_EXAMPLE_STYLE + "".join(_example(one, percents) for one in shown) + "</div>")


_EXAMPLE_STYLE = """<style>
.examples { display: flex; flex-wrap: wrap; gap: 12px; }
.examples figure { flex: 0 1 220px; margin: 0; }
.examples video { display: block; width: 100%; aspect-ratio: 16 / 9; border-radius: 7px; background: #11161d; }
.examples figcaption { font-size: .8rem; color: #5b6675; margin-top: 3px; }
.examples .positive video { box-shadow: 0 0 0 2px #2e8b57; }
.examples .negative video { box-shadow: 0 0 0 2px #c0392b; }
.examples .borderline video { box-shadow: 0 0 0 2px #d08b1d; }
</style><div class="examples">"""


def example_name(one: RuleExample, percents: Sequence[int]) -> str:
    """An example in one line: keyword, level, note."""
    level = f"{percents[one.level]}%" if one.level is not None and percents else ""
    return " · ".join(part for part in (fmt.in_language(one.keyword_zh, one.keyword_en), level, one.note) if part)


def _example(one: RuleExample, percents: Sequence[int]) -> str:
    source = media_routes.clip_src(one.content_id, one.start_ms, one.end_ms)
    return (
        f'<figure class="{one.kind}"><video src="{source}" poster="/poster/{one.content_id}" '
        f'preload="none" muted controls playsinline></video><figcaption><b>{html.escape(_(rule_examples.NAMES[one.kind]))}'
        f"</b> {html.escape(example_name(one, percents))}</figcaption></figure>"
    )


def bring() -> GuidelineFiles | None:
    """Bringing a whole new text, which becomes a draft: None until files are given."""
    with (
        st.expander(_("Draft a whole new version from Markdown"), icon=":material/upload_file:"),
        st.form("guideline", border=False, clear_on_submit=True),
    ):
        page.uploader()
        one, two = st.columns(2)
        zh = one.file_uploader(_("Chinese (Markdown)"), ["md", "txt"], key="guideline_zh")
        en = two.file_uploader(_("English (Markdown)"), ["md", "txt"], key="guideline_en")
        note = st.text_input(_("What is new in it? Graders see this."), max_chars=300, key="guideline_note")
        if st.form_submit_button(_("Keep the draft"), icon=":material/save:"):
            if zh is None and en is None:
                st.error(_("Choose at least one file."))
                return None
            texts = [None if file is None else file.getvalue().decode("utf-8-sig") for file in (zh, en)]
            names = ("guideline.zh.md" if zh is None else zh.name, "guideline.en.md" if en is None else en.name)
            return GuidelineFiles(texts[0], texts[1], note, names)
    return None


def both_languages(guideline: Guideline) -> bool:
    """Whether the guideline is written in Chinese and English: some rule's text is in each of them."""
    return all(any(getattr(rule, f"text_{code}") for rule in guideline.rules) for code in ("zh", "en"))
