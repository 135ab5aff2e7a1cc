"""`guideline`: import and show."""

from __future__ import annotations

from pathlib import Path

import click

from relevance import door
from relevance.errors import BadInput
from relevance.settings import load
from relevance.texts import _


@click.group("guideline", help=_("The written standard: import and show."))
def guideline() -> None:
    """The group of guideline commands."""


def is_chinese(text: str) -> bool:
    """Whether a text is Chinese: a tenth of its letters are.

    >>> is_chinese("一 clear 的规则"), is_chinese("a clear rule (规则)")
    (True, False)
    """
    letters = [letter for letter in text if letter.isalpha()]
    return sum("\u4e00" <= letter <= "\u9fff" for letter in letters) * 5 >= len(letters) if letters else False


@guideline.command(
    "import",
    help=_(
        "Brings a guideline from Markdown: one file, or one in Chinese and one in English. A project's first is published "
        "at once; a later one becomes a draft, to be reviewed on the Guideline page, unless --publish is given."
    ),
)
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--project", required=True, help=_("The project's name."))
@click.option("--create", is_flag=True, help=_("Makes the project if there is none of this name."))
@click.option("--note", default="", help=_("What is new in this version."))
@click.option("--publish", is_flag=True, help=_("Puts a later version in force at once, as an editorial change."))
def import_(files: tuple[Path, ...], project: str, create: bool, note: str, publish: bool) -> None:
    """Publishes a first guideline, keeps a later one as a draft."""
    texts: dict[str, str] = {}
    names = {"zh": "guideline.zh.md", "en": "guideline.en.md"}
    for file in files:
        try:
            text = file.read_text("utf-8-sig")
        except UnicodeDecodeError:
            raise BadInput("{file} is not UTF-8 text. Save it as UTF-8.", file=file.name) from None
        language = "zh" if is_chinese(text) else "en"
        if language in texts:
            raise BadInput("{first} and {second} are in the same language.", first=names[language], second=file.name)
        texts[language], names[language] = text, file.name
    answer = door.call(
        load(), "guideline.import", project=project, create=create, zh=texts.get("zh"), en=texts.get("en"), note=note,
        names=[names["zh"], names["en"]], publish=publish,
    )  # fmt: skip
    if answer["draft"] is not None:
        click.echo(
            _("Draft {draft} is kept; version {version} stays in force. Review it, then publish it.").format(**answer)
        )
        return
    click.echo(_("Guideline version {version}: {rules} rules, {levels} levels.").format(**answer))


@guideline.command("show", help=_("The guideline in force, as it was imported."))
@click.option("--project", required=True, help=_("The project's name."))
def show(project: str) -> None:
    """Shows a guideline."""
    answer = door.call(load(), "guideline.show", project=project)
    for language in ("source_zh", "source_en"):
        if answer[language]:
            click.echo(answer[language])


COMMANDS = [guideline]
