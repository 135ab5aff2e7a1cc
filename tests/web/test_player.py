"""The player's modules fit together, and say only what has a translation."""

from __future__ import annotations

import re

from relevance.texts import translator
from relevance.web import player
from relevance.web.player.texts import SENTENCES, sentences

SOURCES = {path.name: path.read_text(encoding="utf-8") for path in player.HERE.glob("*.js")}


def test_every_module_and_style_is_assembled_after_what_it_imports() -> None:
    assert set(player.MODULES) == set(SOURCES)
    assert set(player.STYLES) == {path.name for path in player.HERE.glob("*.css")}
    for place, name in enumerate(player.MODULES):
        for imported in re.findall(r"from \"\./([\w.]+)\"", SOURCES[name]):
            assert imported in player.MODULES[:place], f"{name} imports {imported}"


def test_the_assembled_script_has_one_export_and_no_name_twice() -> None:
    text = player.script()
    assert re.findall(r"^(?:import|export).*", text, re.MULTILINE) == [
        "export default function show({ parentElement, data }) {"
    ]
    names = re.findall(r"^(?:const|let|class|function|async function) (\w+)", text, re.MULTILINE)
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)


def test_what_is_imported_is_exported_there() -> None:
    for name, source in SOURCES.items():
        for names, module in re.findall(r"^import \{([^}]*)\} from \"\./([\w.]+)\"", source, re.MULTILINE):
            for one in (word.strip() for word in names.split(",")):
                assert re.search(
                    rf"^export (?:async )?(?:const|function|class) {one}\b", SOURCES[module], re.MULTILINE
                ), f"{name} wants {one} of {module}"


def test_every_sentence_that_is_used_exists_and_every_one_that_exists_is_used() -> None:
    code = re.sub(r"^\s*(?://|/?\*).*$", "", "\n".join(SOURCES.values()), flags=re.MULTILINE)
    used = set(re.findall(r"\bt\(\"(\w+)\"", code))
    beginnings = tuple(re.findall(r"\bt\(`(\w+)\$", code))
    assert used <= set(SENTENCES), used - set(SENTENCES)
    quoted = set(re.findall(r"\"(\w+)\"", code)) | {f"{word}_title" for word in re.findall(r"\"(\w+)\"", code)}
    assert [key for key in SENTENCES if key not in quoted and not key.startswith(beginnings)] == []


def test_every_sentence_is_said_in_chinese_with_the_same_places() -> None:
    say = translator("zh")
    for key, sentence in SENTENCES.items():
        assert say(sentence) != sentence, key
        assert set(re.findall(r"\{\w+\}", sentence)) == set(re.findall(r"\{\w+\}", say(sentence))), key
    assert sentences("en")["keys"] == "Keys"


def test_nothing_that_a_plain_http_address_lacks_is_used() -> None:
    # A browser gives no secure context to http on a LAN address: these are undefined there.
    code = re.sub(r"//.*|/\*[\s\S]*?\*/", "", player.script())
    for word in ("randomUUID", "navigator.locks", "serviceWorker", "crypto.subtle", "navigator.clipboard"):
        assert word not in code
