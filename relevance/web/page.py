"""What every page has: its head with the demo mark, a door where errors are said, an empty state, a word kept over a rerun."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from relevance.errors import BadInput, NotAllowed, RelevanceError, Stale, Unavailable
from relevance.services.projects import ProjectRow
from relevance.texts import N_, _, language, translator

_SAID = "page.said"
_STALE = "page.stale"
MANY, FAULTS = 10, 460  # more faults than so many scroll, in so many pixels


def head(title: str, project: ProjectRow) -> DeltaGenerator:
    """The page's title, its project and the mark of a demo; then what an earlier run had to say.

    Returns the row, so that a page may put its own filter beside the title.
    """
    row = st.container(horizontal=True, vertical_alignment="center", gap="small", key="head")
    with row:
        st.markdown(f"#### {title}", width="content", anchors=False)
        st.caption(plain(project.name), width="content")
        if project.is_demo:
            hint = _("Made by simulated graders; nothing here is real work.")
            st.badge(_("Demo data"), color="gray", icon=":material/science:", help=hint)
    if language() != "en":
        # Streamlit's hints in fields ("Press Enter to apply") are English only; the buttons say the same.
        st.html('<style>[data-testid="InputInstructions"] { display: none; }</style>')
    if said := st.session_state.pop(_SAID, None):
        st.toast(said, icon=":material/check:")
    if stale := st.session_state.pop(_STALE, None):
        st.warning(plain(stale), icon=":material/group:")
    return row


def plain(text: str) -> str:
    """A text that somebody typed, safe in Markdown: what would be markup is shown as typed."""
    return "".join(f"\\{char}" if char in "\\`*_{}[]()<>#+-!|~$:" else char for char in text)


def done(sentence: str) -> None:
    """Runs the page again and says there what was done."""
    st.session_state[_SAID] = sentence
    st.rerun()


def say(error: RelevanceError) -> str:
    """An error in the reader's language."""
    return error.say(translator(language()))


@contextmanager
def door() -> Iterator[None]:
    """Where a page's errors are caught: each is said in the reader's language with what can be done.

    Somebody else was first (Stale): the page runs again, so that it shows the present state below the message.
    """
    try:
        yield
    except Stale as error:
        st.session_state[_STALE] = say(error)
        st.rerun()
    except BadInput as error:
        st.error(plain(say(error)), icon=":material/error:")
        faults(error)
    except NotAllowed as error:
        st.error(plain(say(error)), icon=":material/lock:")
    except Unavailable as error:
        st.warning(plain(say(error)), icon=":material/hourglass_empty:")
    except RelevanceError as error:
        st.error(plain(say(error)), icon=":material/error:")


def faults(error: BadInput) -> None:
    """The faults of an input, one a line, as far as they were kept, and how many there are in all."""
    if not error.places:
        return
    translate = translator(language())
    # A table of text and no grid: a grid cuts what does not fit into its last cell.
    st.table(
        [
            {
                _("Row"): "" if place.row is None else str(place.row),
                _("Column"): plain(place.column or ""),
                _("Value"): plain(place.value or ""),
                _("What is wrong"): plain(translate(place.sentence).format(value=place.value, **dict(place.values))),
            }
            for place in error.places
        ],
        hide_index=True,
        height=FAULTS if len(error.places) > MANY else "content",
    )
    if error.count > len(error.places):
        st.caption(
            translate(N_("{shown} of {count} faults are shown.")).format(shown=len(error.places), count=error.count)
        )


def empty(title: str, hint: str, icon: str = ":material/inbox:") -> None:
    """Nothing to show: why, and what brings something here."""
    with st.container(border=True, horizontal_alignment="center", gap="xsmall"):
        st.space("small")
        st.markdown(f"#### {icon} {title}", text_alignment="center", anchors=False)
        st.markdown(f":gray[{hint}]", text_alignment="center")
        st.space("small")


def uploader() -> None:
    """Streamlit's uploader speaks English only: its two texts are said in the reader's language by style."""
    if language() == "en":
        return
    button, hint = (text.replace("\\", "").replace('"', "") for text in (_("Choose a file"), _("or drop it here")))
    st.html(
        f"""<style>
        [data-testid="stFileUploaderDropzone"]:has([data-testid="stFileUploaderDropzoneInstructions"]) button :not([data-testid="stIconMaterial"]) {{ font-size: 0; }}
        [data-testid="stFileUploaderDropzone"]:has([data-testid="stFileUploaderDropzoneInstructions"]) button::after {{ content: "{button}"; font-size: .95rem; }}
        [data-testid="stFileUploaderDropzoneInstructions"] {{ font-size: 0; }}
        [data-testid="stFileUploaderDropzoneInstructions"] * {{ font-size: 0; }}
        [data-testid="stFileUploaderDropzoneInstructions"]::after {{ content: "{hint}"; font-size: .9rem; }}
        </style>"""
    )
