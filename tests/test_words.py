"""What click says itself is in the command's language too."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT


def said(*arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RELEVANCE_")}
    done = subprocess.run(
        [sys.executable, "-m", "relevance", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "chinese", "english"),
    [
        (("items", "--help"), ("用法：", "选项:", "必填", "显示本帮助。"), ("Usage:", "Options:", "required")),
        (("items",), ("错误：缺少参数 'FILE'",), ("Error: Missing argument 'FILE'.",)),
        (("itms",), ("没有 'itms' 这个命令。",), ("No such command 'itms'.",)),
        (("items", "x", "--projekt", "P"), ("没有 '--projekt' 这个选项。",), ("No such option '--projekt'.",)),
        (("ingest", "x", "--quality", "99"), ("99 不在范围 10<=x<=40 内。",), ("99 is not in the range 10<=x<=40.",)),
        (("items", "a", "b", "--project", "P"), ("多余的参数（b）",), ("Got unexpected extra argument (b)",)),
    ],
)
def test_help_and_wrong_use_are_in_the_commands_language(
    arguments: tuple[str, ...], chinese: tuple[str, ...], english: tuple[str, ...]
) -> None:
    in_chinese, in_english = said(*arguments, "--lang", "zh"), said(*arguments)
    assert [words for words in chinese if words not in in_chinese] == []
    assert [words for words in english if words in in_chinese] == []
    assert [words for words in english if words not in in_english] == []
