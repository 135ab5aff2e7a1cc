"""Further clips of a large cluster, judged before a decision is carried on to it: wherever a page settles many at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st

from relevance.propagation import holds, looks_wanted
from relevance.roles import Actor
from relevance.services import disputes, second_look
from relevance.services.guidelines import Guideline
from relevance.services.projects import ProjectRow
from relevance.services.second_look import NOTHING, Earlier, Looks
from relevance.store.store import Store
from relevance.texts import _, ngettext
from relevance.web import dispute_view as view
from relevance.web import format as fmt
from relevance.web import media_routes, page


def in_order(clips: Iterable[int], among: Sequence[int]) -> list[int]:
    """Those of some items that are among others, each once, in their own order.

    >>> in_order([5, 1, 5, 3, 9], [1, 3, 5])
    [5, 1, 3]
    """
    there = set(among)
    return [one for one in dict.fromkeys(clips) if one in there]


def ask(
    store: Store, actor: Actor, project: ProjectRow, guideline: Guideline, clips: Sequence[int], level: int, n: int,
    key: str, known: Sequence[tuple[int, int]] = (), before: Earlier = NOTHING,
) -> Looks | None:  # fmt: skip
    """What is said of further clips before a decision settles n items; None: not enough is said, or most say otherwise.

    Args:
        clips: the items that may be looked at, the first before the others.
        level: the decision's.
        known: what was said of some of them already.
        before: what the same decision settled on this day already, with what was said of further clips then.
    """
    least = second_look.check_from(store, project.id)
    names = {one.level: view.level_name(one) for one in guideline.levels}
    there, said, seen = dict(known), dict[int, int](), dict(before.looks)
    for item in (*in_order(there, clips), *(one for one in clips if one not in there and one not in seen)):
        judged = [level, *before.levels, *said.values()]
        if not looks_wanted(n + before.items, least, judged, len(clips) + len(before.looks)):
            break
        one = there.get(item)
        if one is not None:
            st.caption(_("The client said of another clip of it: {level}").format(level=page.plain(names[one])))
        else:
            one = _one(store, actor, item, names, least, level, judged[1:], f"{key}_{item}")
        if one is None:
            return None
        said[item] = one
    if not holds(level, [*before.levels, *said.values()]):
        st.warning(_("Most of the clips were given another level. Decide on one of those, or split the cluster."))
        return None
    if any(one != level for one in said.values()):
        st.caption(_("A clip that you gave another level stays disputed."))
    return tuple(said.items())


def _one(
    store: Store, actor: Actor, item: int, names: dict[int, str], least: int, level: int, said: Sequence[int], key: str
) -> int | None:  # fmt: skip
    """One further clip, and what is said of it."""
    with st.container(border=True, key=f"further_{key}"):
        st.markdown(f"**{_('A further clip among them')}**")
        if not said:
            st.caption(
                ngettext(
                    "A decision that settles {n} item or more is checked on a second clip: say its level too.",
                    "A decision that settles {n} items or more is checked on a second clip: say its level too.",
                    least,
                ).format(n=fmt.number(least))
            )
        detail = disputes.one(store, actor, item)
        st.caption(page.plain(fmt.in_language(detail.keyword_zh, detail.keyword_en)))
        source = media_routes.clip_src(detail.content_id, detail.start_ms, detail.end_ms)
        st.html(
            f'<video src="{source}" controls muted '
            'style="max-width:420px;width:100%;max-height:50vh;background:#000"></video>'
        )
        one = st.segmented_control(
            _("Which level is this clip?"), sorted(names, reverse=True), format_func=lambda at: names[at],
            key=f"look_{key}",
        )  # fmt: skip
        if one is None:
            st.caption(
                _("Say which level this clip is: then all of them can be settled.")
                if not said
                else _("The first two clips differ: the level of this third one says which of them holds.")
            )
        return one
