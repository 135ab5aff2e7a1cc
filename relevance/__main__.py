"""`python -m relevance`: the commands.

The language is chosen before the commands are built, so that their help is in it too.
"""

from __future__ import annotations

import sys

from relevance.texts import LANGUAGES, speak


def _language(arguments: list[str]) -> str:
    for at, argument in enumerate(arguments):
        if argument.startswith("--lang="):
            return argument.removeprefix("--lang=")
        if argument == "--lang" and at + 1 < len(arguments):
            return arguments[at + 1]
    from relevance.errors import BadSetting
    from relevance.settings import load

    try:
        settings = load()
    except BadSetting:
        return "en"  # said by the command itself
    # Commands are English unless somebody chose: the default of the setting is for the screens.
    return settings.language if "language" in settings.model_fields_set else "en"


def in_front(arguments: list[str]) -> list[str]:
    """The arguments with `--lang` before the command, wherever it was typed; what follows a `--` is data.

    >>> in_front(["users", "list", "--lang", "zh", "--json"])
    ['--lang', 'zh', 'users', 'list', '--json']
    """
    end = arguments.index("--") if "--" in arguments else len(arguments)
    front: list[str] = []
    rest: list[str] = []
    at = 0
    while at < end:
        taken = 2 if arguments[at] == "--lang" else 1
        chosen = taken == 2 or arguments[at].startswith("--lang=")
        (front if chosen else rest).extend(arguments[at : min(at + taken, end)])
        at += taken
    return front + rest + arguments[end:]


def main() -> None:
    """Runs the command that was typed."""
    arguments = in_front(sys.argv[1:])
    language = _language(arguments)
    speak(language if language in LANGUAGES else "en")
    from relevance.cli.main import run

    sys.exit(run(arguments))


if __name__ == "__main__":
    main()
