"""What click itself says ("Usage:", "No such option"), in the command's language.

Click asks the standard gettext for its words, which reads compiled catalogues by the machine's locale. Ours are `.po`
files chosen by `--lang` or the setting, so click's modules are given our translator in gettext's place.
"""

from __future__ import annotations

from types import ModuleType

from click import core, decorators, exceptions, formatting, parser, termui, types

from relevance.texts import N_, _

MODULES: tuple[ModuleType, ...] = (core, decorators, exceptions, formatting, parser, termui, types)

# Click's sentences (8.5), so that the catalogue's test asks for their Chinese. Where click has a singular beside it, Chinese
# has none: the plural is what is looked up.
WORDS = (
    N_("Usage:"),
    N_("Options"),
    N_("Commands"),
    N_("Show this message and exit."),
    N_("Show the version and exit."),
    N_("%(prog)s, version %(version)s"),
    N_("default: {default}"),
    N_("required"),
    N_("Missing command."),
    N_("Error: {message}"),
    N_("Try '{command} {option}' for help."),
    N_("Invalid value: {message}"),
    N_("Invalid value for {param_hint}: {message}"),
    N_("Missing argument"),
    N_("Missing option"),
    N_("Missing parameter"),
    N_("No such option {name!r}."),
    N_("No such command {name!r}."),
    N_("(Did you mean one of: {possibilities}?)"),
    N_("Got unexpected extra arguments ({args})"),
    N_("Choose from:\n\t{choices}"),
    N_("{value!r} is not a valid {number_type}."),
    N_("{value} is not in the range {range}."),
    N_("{value!r} is not one of {choices}."),
    N_("Argument {name!r} takes {nargs} values."),
    N_("Option {name!r} does not take a value."),
    N_("Option {name!r} requires {nargs} arguments."),
    N_("Repeat for confirmation"),
    N_("Error: The two entered values do not match."),
    N_("Error: invalid input"),
    N_("Aborted!"),
)


def _counted(one: str, many: str, n: int) -> str:
    """The sentence for so many: the plural's translation, where there is one."""
    said = _(many)
    return said if said != many else one if n == 1 else many


def translate() -> None:
    """Gives click our translator. It follows the language of the running context, so once is enough."""
    for module in MODULES:
        for name, ours in (("_", _), ("ngettext", _counted)):
            if hasattr(module, name):
                setattr(module, name, ours)
