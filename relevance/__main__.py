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


def main() -> None:
    """Runs the command that was typed."""
    language = _language(sys.argv[1:])
    speak(language if language in LANGUAGES else "en")
    from relevance.cli.main import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
