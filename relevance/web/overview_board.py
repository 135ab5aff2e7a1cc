"""The overview's parts: the filter, the figures on top, the pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from weakref import WeakKeyDictionary

import plotly.graph_objects as go
import streamlit as st

from relevance.roles import Act, Actor, require
from relevance.services import overview
from relevance.services.batches import BatchRow
from relevance.services.overview import MARK, Progress
from relevance.services.projects import ProjectRow
from relevance.store.store import Store
from relevance.texts import _, language
from relevance.web import charts, page, query, tables
from relevance.web import format as fmt

FRESH = 1.9  # seconds that all who look share one reading: pages renew themselves every four, none is older than six
DRAWN = 10.0  # seconds that a picture stays: its figures move slowly, and drawing is most of what a renewal costs


@dataclass(frozen=True, slots=True)
class Pictures:
    """The four pictures of a board in one language; None where there is nothing to draw. `until` as of the board."""

    figures: tuple[go.Figure | None, ...]
    until: float


@dataclass(frozen=True, slots=True)
class Board:
    """How far the work is, with its pictures by language. `until`: by the monotonic clock, when it is read anew."""

    progress: Progress
    until: float
    drawn: dict[str, Pictures] = field(default_factory=dict)


_boards: WeakKeyDictionary[Store, dict[tuple[int, int | None], Board]] = WeakKeyDictionary()


def read(store: Store, actor: Actor, project: int, batch: int | None) -> Board:
    """How far a project is, or one batch of it; read once for everybody who looks in the same second.

    Raises:
        NotAllowed: the actor may not see the overview.
        NotFound: there is no such batch in the project.
    """
    require(actor, Act.SEE_OVERVIEW, project)
    boards, now = _boards.setdefault(store, {}), monotonic()
    known = boards.get((project, batch))
    if known is None or known.until <= now:
        drawn = {} if known is None else known.drawn
        known = boards[project, batch] = Board(overview.progress(store, actor, project, batch), now + FRESH, drawn)
    return known


def batch_filter(rows: Sequence[BatchRow]) -> int | None:
    """One batch, or all."""
    if len(rows) < 2:
        return None
    st.space("stretch")
    with st.container(width=280):
        chosen = query.choose(_("Batch"), "batch", {str(row.id): row.name for row in rows}, _("all batches"))
    return int(chosen) if chosen else None


def goal(store: Store, project: int) -> int:
    """The answers a person is asked for a day."""
    return int(store.live.projects[project].settings.get("goal", 0))


def nothing() -> None:
    """A project without items."""
    page.empty(
        _("No items yet"), _("Import items, and their progress shows here as it happens."), ":material/monitoring:"
    )


def paused(project: ProjectRow, now: datetime) -> None:
    """A project that gives out no work says so first, since nothing below will move."""
    if project.paused_at is not None:
        since, reason = fmt.moment(project.paused_at, project.time_zone, now), page.plain(project.pause_reason or "")
        st.warning(_("Paused since {since}: {reason}").format(since=since, reason=reason), icon=":material/pause:")


def late(ms: float | None) -> None:
    """A machine that has more to do than it carries says so where somebody sees it who can do something about it."""
    if ms is not None:
        said = _(
            "The server has too much to do: one answer in twenty takes {seconds} s or longer to be saved. None is lost."
        )
        st.warning(said.format(seconds=fmt.number(ms / 1000, 1)), icon=":material/speed:")


def figures(progress: Progress) -> None:
    """The four numbers that a lead looks at first, and a word on batches that will be late."""
    total = progress.total
    today = next((day for day in reversed(progress.days) if day.day == progress.today), None)
    share = total.settled_share
    share_hint = _(
        "Of the items that the grades judged, those that they settled without a person's decision. The mark is {share}."
    ).format(share=fmt.percent(MARK))
    done = f"{fmt.number(total.finished)} / {fmt.number(total.items)}"
    cells = (
        (
            _("Finished"),
            fmt.percent(total.finished / total.items),
            done,
            _("Items that are settled, decided or withdrawn"),
        ),
        (_("Settled by the standard"), fmt.percent(share), _mark(total.settled, total.judged, share), share_hint),
        (
            _("Disputes waiting"),
            fmt.number(total.disputed),
            _("{n} decided so far").format(n=fmt.number(total.decided)),
            None,
        ),
        (
            _("Finished today"),
            fmt.number(today.finished if today else 0),
            _("{n} open").format(n=fmt.number(total.open)),
            None,
        ),
    )
    for place, (label, figure, below, hint) in zip(st.columns(4, border=True), cells, strict=True):
        with place:
            st.metric(label, figure, delta=below, delta_color="off", delta_arrow="off", help=hint)
    for row in tables.late(progress.batches):
        text = page.plain(charts.due_text(row, progress.time_zone, progress.at))
        st.warning(fmt.pair(f"**{page.plain(row.name)}**", text), icon=":material/alarm:")


def _mark(settled: int, judged: int, share: float | None) -> str:
    if share is None:
        return _("none judged yet")
    counts = f"{fmt.number(settled)} / {fmt.number(judged)}"
    return counts + " · " + (_("mark reached") if share >= MARK else _("below {share}").format(share=fmt.percent(MARK)))


def pictures(board: Board) -> None:
    """Batches, then days and the settled share beside each other, then keywords."""
    progress, code, now = board.progress, language(), monotonic()
    drawn = board.drawn.get(code)
    if drawn is None or drawn.until <= now or None in drawn.figures:
        figures = (
            charts.batches(progress.batches, progress.time_zone, progress.at), charts.days(progress.days),
            charts.settled_share(progress.days), charts.keywords(progress.keywords),
        )  # fmt: skip
        drawn = board.drawn[code] = Pictures(figures, now + DRAWN)
    batches, days, share, keywords = drawn.figures
    st.markdown(f"##### {_('Batches')}")
    if batches is not None:
        st.plotly_chart(batches, key="batches", config=charts.CONFIG, alt=charts.alt(progress.total))
    left, right = st.columns(2, gap="medium")
    parts = (
        (left, _("Finished by day"), days, "days"),
        (right, _("Settled by the standard, by day"), share, "share"),
        (st.container(), _("Keywords with most disputes"), keywords, "keywords"),
    )
    for place, title, figure, key in parts:
        with place:
            st.markdown(f"##### {title}")
            if figure is None:
                st.caption(_("Nothing was judged yet."))
            else:
                st.plotly_chart(figure, key=key, config=charts.CONFIG, alt=title)
