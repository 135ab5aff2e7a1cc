"""An items file into a project: read, checked, compared, written. The same for a command and for an upload.

Everything heavy happens where this runs, against what the acts of `services/items.py` tell of the project; only good
rows reach the store. `call` runs such an act by name: in this process, or in the server over its socket.
"""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relevance.errors import Place, RelevanceError, Stale
from relevance.exchange.catalogue import Catalogue, Clips, KnownBatch, KnownKeyword, Scale
from relevance.exchange.columns import ITEM_COLUMNS
from relevance.exchange.faults import values
from relevance.exchange.fold import fold, squash
from relevance.exchange.item_rows import NEED, Checked, check_rows
from relevance.exchange.keywords import Draft
from relevance.exchange.staging import Staging
from relevance.exchange.tables import open_table
from relevance.roles import Actor
from relevance.services.running_imports import PIECE, here
from relevance.texts import N_

if TYPE_CHECKING:
    from relevance.store.store import Store

Call = Callable[..., Any]
Progress = Callable[[str, int, int], None]
TRIES = 3  # checks, where other imports come between

CHECKING = N_("checking")
WRITING = N_("writing")


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or with `dry_run` would do. Counts; `notes` are remarks about the file."""

    file: str
    rows: int
    items: int
    items_changed: int
    items_same: int
    repeats: int
    keywords: int
    keywords_changed: int
    batches: tuple[str, ...]
    batches_changed: int
    notes: tuple[Place, ...]
    dry_run: bool

    @property
    def nothing(self) -> bool:
        """Whether the project has all of it already."""
        return not (self.items or self.items_changed or self.keywords_changed or self.batches_changed)


def import_file(
    store: Store,
    actor: Actor,
    project: int,
    source: Path | bytes,
    *,
    name: str | None = None,
    batch: str | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Imported:
    """Imports an items file, or the bytes of one that was uploaded under `name`. All of it, or nothing.

    Raises:
        NotAllowed: the actor may not import into the project.
        BadInput: the file has faults; each is told with its place (the first hundred, and how many there are).
        Unavailable: another import of the project is being written.
    """

    from relevance.services import items as acts  # not where a server has them

    def call(act: str, **arguments: Any) -> Any:
        return acts.ACTS[act](store, actor, **arguments)

    with _as_path(source, name) as path:
        return run_import(call, project, path, name=name, batch=batch, dry_run=dry_run, progress=progress)


@contextlib.contextmanager
def _as_path(source: Path | bytes, name: str | None) -> Iterator[Path]:
    if isinstance(source, Path):
        yield source
        return
    with tempfile.TemporaryDirectory(prefix="relevance-upload-") as folder:
        path = Path(folder) / ("upload" + Path(name or "").suffix.lower())
        path.write_bytes(source)
        yield path


def run_import(
    call: Call,
    project: int,
    path: Path,
    *,
    name: str | None = None,
    batch: str | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    closing: bool = False,
) -> Imported:
    """The same through acts called by name; see `import_file`.

    closing: the store that they are called of is closed next, before anybody is given work.
    """
    for left in reversed(range(TRIES)):
        with Staging() as staging:
            try:
                return _once(
                    call, project, path, name or path.name, batch, dry_run, staging, progress or _quiet, closing
                )
            except Stale:
                if not left:
                    raise
    raise AssertionError("unreachable")


def _quiet(_what: str, _done: int, _of: int) -> None:
    return None


def _once(
    call: Call, project: int, path: Path, name: str, batch: str | None, dry_run: bool, staging: Staging,
    progress: Progress, closing: bool,
) -> Imported:  # fmt: skip
    table = open_table(path, ITEM_COLUMNS, name=name, need=NEED)
    facts = call("items.catalogue", project=project)
    catalogue = load_catalogue(call, project, facts)
    progress(CHECKING, 0, 0)
    checked = check_rows(table, catalogue, staging, squash(batch or "") or _batch_name(name))
    if facts["items"]:
        for page in _pages(call, "items.existing", project, "item"):
            staging.add_existing(page)
    drafts = checked.keywords.drafts
    compared = staging.compare(
        {at: draft.id for at, draft in enumerate(drafts) if draft.id is not None},
        {at: draft.id for at, draft in enumerate(checked.batches) if draft.id is not None},
    )
    used_keywords, used_batches = staging.new_drafts()
    changed = [draft for draft in drafts if draft.changes()]
    new_batches = {at for at in used_batches if checked.batches[at].id is None}
    moved = [at for at, draft in enumerate(checked.batches) if draft.id is not None and draft.changed]
    result = Imported(
        file=name,
        rows=checked.rows,
        items=compared.new,
        items_changed=compared.changed,
        items_same=compared.same,
        repeats=checked.repeats,
        keywords=sum(drafts[at].id is None for at in used_keywords),
        keywords_changed=len(changed),
        batches=tuple(checked.batches[at].name for at in sorted(used_batches)),
        batches_changed=len(moved),
        notes=(*checked.notes, *_elsewhere(name, compared.elsewhere)),
        dry_run=dry_run,
    )
    if not dry_run and not result.nothing:
        opened = call(
            "items.begin",
            project=project,
            file=name,
            digest=digest_of(path),
            rows=checked.rows,
            stamp=facts["stamp"],
            pid=here(),
            batches=[
                [checked.batches[at].id, checked.batches[at].name, _iso(checked.batches[at].deadline)]
                for at in (*sorted(new_batches), *moved)
            ],
        )
        batch_ids = {at: draft.id for at, draft in enumerate(checked.batches) if draft.id is not None}
        batch_ids.update(zip((*sorted(new_batches), *moved), opened["batches"], strict=True))
        try:
            _write(call, opened, checked, staging, batch_ids, changed, result, progress, closing)
        except BaseException:
            # Ctrl-C too: what was written so far goes away. If the server is gone, it cleans up at its start.
            with contextlib.suppress(RelevanceError, OSError):
                call("items.abort", import_=opened["import"])
            raise
    return result


def _write(
    call: Call, opened: Mapping[str, Any], checked: Checked, staging: Staging, batch_ids: Mapping[int, int],
    changed: list[Draft], result: Imported, progress: Progress, closing: bool,
) -> None:  # fmt: skip
    import_, size = opened["import"], opened.get("piece", PIECE)  # a server of before says nothing of pieces
    drafts = checked.keywords.drafts
    ids = {at: draft.id for at, draft in enumerate(drafts) if draft.id is not None}
    used, _ = staging.new_drafts()
    fresh = sorted(at for at in used if drafts[at].id is None)
    for start in range(0, len(fresh), size):
        part = fresh[start : start + size]
        some = [drafts[at] for at in part]
        columns = {
            "key": [draft.key for draft in some],
            "text_zh": [draft.zh for draft in some],
            "text_en": [draft.en for draft in some],
            "family": [draft.family for draft in some],
            "note": [draft.note for draft in some],
            "weight": [draft.weight for draft in some],
        }
        ids.update(zip(part, call("items.add_keywords", import_=import_, columns=columns), strict=True))
    done = 0
    with ThreadPoolExecutor(1) as writer:  # one piece is written while the next is made ready
        before: Future[Any] | None = None
        for piece in staging.new(size):
            n = len(piece.pop("row"))
            piece["keyword"] = [ids[at] for at in piece["keyword"]]
            piece["batch"] = [batch_ids[at] for at in piece["batch"]]
            if before is not None:
                before.result()
                progress(WRITING, done, result.items)
            before = writer.submit(call, "items.add", import_=import_, columns=piece)
            done += n
        if before is not None:
            before.result()
            progress(WRITING, done, result.items)
    for start in range(0, len(changed), size):
        call("items.change", import_=import_, keywords=[_said(draft) for draft in changed[start : start + size]])
    for piece in staging.changed(size):
        names = ("item", "external_id", "overlap", "gold")
        rows = zip(*(piece[name] for name in names), strict=True)
        call(
            "items.change",
            import_=import_,
            items=[{n: v for n, v in zip(names, row, strict=True) if v is not None} for row in rows],
        )
    call("items.commit", import_=import_, closing=closing)


def _said(draft: Draft) -> dict[str, Any]:
    old = draft.known
    assert old is not None  # only keywords that exist can change
    said = {
        "text_zh": draft.zh,
        "text_en": draft.en,
        "family": draft.family,
        "note": draft.note,
        "weight": draft.weight,
    }
    was = {"text_zh": old.zh, "text_en": old.en, "family": old.family, "note": old.note, "weight": old.weight}
    return {"id": old.id, **{key: value for key, value in said.items() if value is not None and value != was[key]}}


def _elsewhere(file: str, count: int) -> list[Place]:
    if not count:
        return []
    return [
        Place(
            "rows whose items came in another batch and stay in it: {count}.",
            file=file,
            values=values(count=count),
        )
    ]


def _batch_name(file: str) -> str:
    return squash(Path(file).stem) or file


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def load_catalogue(call: Call, project: int, facts: dict[str, Any]) -> Catalogue:
    """What the project has, fetched in pages."""
    names: dict[str, int] = {}
    shown = []
    for level, zh, en in facts["levels"]:
        for name in (zh, en):
            if name:
                names[fold(name)] = level
                shown.append(name)
    found = Catalogue(
        project,
        facts["time_zone"],
        Scale(tuple(facts["percents"]), names, shown),
        Clips(),
        batches=[KnownBatch(id_, name, _moment(deadline)) for id_, name, deadline in facts["batches"]],
        items=facts["items"],
    )
    for page in _pages(call, "items.clips", project, "clip"):
        for clip, content, name, duration, removed, others, paths in zip(
            *(page[c] for c in ("clip", "content_id", "name", "duration_ms", "removed", "names", "paths")), strict=True
        ):
            found.clips.add(
                clip, content, name, duration, [o for o in others if o], [p for p in paths if p], removed=removed
            )
    for page in _pages(call, "items.keywords", project, "id"):
        columns = ("id", "key", "text_zh", "text_en", "family", "note", "weight")
        found.keywords.extend(KnownKeyword(*row) for row in zip(*(page[c] for c in columns), strict=True))
    return found


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _pages(call: Call, act: str, project: int, key: str) -> Iterator[dict[str, list[Any]]]:
    after = 0
    while True:
        page = call(act, project=project, after=after)
        if not page[key]:
            return
        yield page
        after = page[key][-1]
