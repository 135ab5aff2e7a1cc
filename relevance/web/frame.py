"""What stands around every page: the navigation by role, the project, the language, the way out."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from relevance.roles import pages_of
from relevance.services import accounts, pilots, preferences, signing
from relevance.texts import LANGUAGES, N_, _
from relevance.web import session
from relevance.web.forms import PRODUCT

PAGES = Path(__file__).resolve().parent.parent.parent / "pages"
MARK = Path(__file__).parent / "mark.svg"

TITLES = {
    "grade": (N_("Grade"), ":material/play_circle:"),
    "inbox": (N_("Inbox"), ":material/inbox:"),
    "precedents": (N_("Precedents"), ":material/gavel:"),
    "disputes": (N_("Disputes"), ":material/balance:"),
    "triage": (N_("Triage"), ":material/account_tree:"),
    "questions": (N_("Questions"), ":material/contact_support:"),
    "meetings": (N_("Meetings"), ":material/co_present:"),
    "overview": (N_("Overview"), ":material/monitoring:"),
    "team": (N_("Team"), ":material/groups:"),
    "my_day": (N_("My day"), ":material/today:"),
    "training": (N_("Training"), ":material/school:"),
    "exam": (N_("Exam"), ":material/quiz:"),
    "exams": (N_("Exams and gold"), ":material/workspace_premium:"),
    "overlap": (N_("Overlap"), ":material/auto_mode:"),
    "guideline": (N_("Guideline"), ":material/menu_book:"),
    "pilot": (N_("Pilot"), ":material/science:"),
    "items": (N_("Import items"), ":material/upload_file:"),
    "export": (N_("Export"), ":material/download:"),
    "project": (N_("Project"), ":material/tune:"),
    "people": (N_("Users"), ":material/group:"),
}
# Pages that a lead needs now and then stand behind one word of the bar; those of every hour are one click away.
FEW = 7  # pages that need no such word
SELDOM = ("items", "export", "exams", "overlap", "project", "people")
# The project and the account stand in the bar of the navigation: a grader's screen has no line to spare.
_STYLE = """<style>
[data-testid="stAppDeployButton"], [data-testid="stMainMenu"] { display: none; }
[data-testid="stMainBlockContainer"] { padding: 4.25rem 1.5rem 1.5rem; max-width: 1680px; }
.st-key-frame { position: fixed; top: .55rem; right: 1rem; z-index: 999991; width: auto; gap: .5rem; }
.st-key-frame [data-testid="stSelectbox"] { width: 13rem; }
[data-testid="stHeader"] { border-bottom: 1px solid #e3e7ec; padding-right: 24rem; }
/* What Streamlit offers over tables and pictures is English only, and its download escapes no formula. */
[data-testid="stElementToolbar"] { display: none; }
@media (min-width: 641px) and (max-width: 900px) {
  .st-key-frame { position: static; width: 100%; flex-wrap: wrap; }
  [data-testid="stHeader"] { padding-right: 0; }
  /* A list stands above what it opens: as a third column it would cut its own words and those of the others. */
  [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"]:first-child :is(.st-key-queue, .st-key-triage, .st-key-questions))
    > [data-testid="stColumn"]:first-child { flex: 1 1 100%; min-width: 100%; }
}
[class*="st-key-choose_"] button * { white-space: normal; overflow: visible; }
.st-key-team_board, .st-key-team_weeks { overflow-x: auto; }
.st-key-team_board > *, .st-key-team_weeks > * { min-width: 880px; }
[data-testid="stMetric"] .stMarkdownEllipsis, [data-testid="stMetric"] .stMarkdownEllipsis * { white-space: normal; overflow: visible; }
/* A telephone: the bar has room, since the navigation is behind its button; figures stand in pairs. Fingers need 40 px, on a tablet too. */
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding: 4.25rem 1rem 1.5rem; }
  [data-testid="stHeader"] { padding-right: 0; }
  .st-key-frame { right: .75rem; max-width: calc(100vw - 4.5rem); flex-wrap: nowrap; justify-content: flex-end; }
  body:has([data-testid="stSidebar"][data-collapsed="false"]) .st-key-frame { display: none; }
  .st-key-frame [data-testid="stSelectbox"] { width: auto; min-width: 0; flex: 0 1 11rem; }
  [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"] [data-testid="stMetric"]) > [data-testid="stColumn"] {
    min-width: calc(50% - .6rem); flex: 1 1 calc(50% - .6rem); padding: .6rem .75rem;
  }
  [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"] [data-testid="stMetric"]) { gap: .75rem; }
}
@media (max-width: 640px), (pointer: coarse) {
  [data-testid="stButtonGroup"] > div { flex-wrap: wrap; }
  [data-testid="stButtonGroup"] button, [data-testid="stMain"] summary, [data-testid="stTextInputRootElement"],
  [data-testid="stNumberInputContainer"], [data-testid="stMain"] .react-aria-ComboBox > [role="group"] { min-height: 2.7rem; }
  [data-testid="stNumberInputContainer"] button { width: 2.7rem; height: auto; }
  [data-testid="stMain"] button[data-testid^="stBaseButton"] { min-height: 2.7rem; }
  [data-testid="stSidebarNavLink"] { min-height: 2.7rem; }
  button[aria-label^="Help for"] { padding: .8rem; margin: -.8rem; box-sizing: content-box; }
}
</style>"""


def run() -> None:
    """The navigation script: one run of whatever page is open."""
    st.set_page_config(page_title=PRODUCT, page_icon=str(MARK), layout="wide")
    who = session.actor()
    row = session.current()
    names = pages_of(who, row.id if row else None)
    daily: list[StreamlitPage] = [st.Page(_home, title=PRODUCT, url_path="home", default=True, visibility="hidden")]
    seldom: list[StreamlitPage] = []
    for name in names:
        title, icon = TITLES[name]
        asked = name != "pilot" or (row is not None and pilots.waiting(session.store(), who, row.id))
        page = st.Page(
            PAGES / f"{name}.py", title=_(title), icon=icon, url_path=name, visibility="visible" if asked else "hidden"
        )
        (seldom if name in SELDOM and len(names) > FEW else daily).append(page)
    chosen = st.navigation({"": daily, _("Manage"): seldom} if seldom else daily, position="top")
    st.html(_STYLE)
    with st.container(key="frame", horizontal=True, vertical_alignment="center"):
        _project()
        _account()
    chosen.run()


def _home() -> None:
    """The root's address, where nobody's role opens a page."""
    session.project()
    names = pages_of(session.actor(), session.project().id)
    if names:
        st.switch_page(PAGES / f"{names[0]}.py")


def _project() -> None:
    rows = session.choices()
    now = session.current()
    if now is None or len(rows) < 2:
        return
    ids = [row.id for row in rows]
    names = {row.id: row.name for row in rows}
    key = "frame.project"
    st.session_state[key] = now.id
    st.selectbox(
        _("Project"), ids, key=key, format_func=lambda number: names.get(number, "?"), label_visibility="collapsed",
        on_change=lambda: session.choose(int(st.session_state[key])),
    )  # fmt: skip


def _account() -> None:
    who = session.actor()
    with st.popover(accounts.name_of(session.store(), who.account), icon=":material/account_circle:", width="content"):
        key = "frame.language"
        st.session_state[key] = who.language
        st.segmented_control(
            "语言 · Language", list(LANGUAGES), key=key, format_func=lambda code: LANGUAGES[code], required=True,
            on_change=lambda: preferences.set_language(session.store(), session.actor(), st.session_state[key]),
        )  # fmt: skip
        if st.button(_("Change the password"), icon=":material/key:", width="stretch", type="tertiary"):
            session.leave("/password")
        if st.button(_("Sign out"), icon=":material/logout:", width="stretch"):
            signing.sign_out(session.store(), who)
            session.leave("/sign-in?out=1")
