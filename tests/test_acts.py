"""Acts by their names: found without importing more than what offers them."""

from __future__ import annotations

from pathlib import Path

import pytest

from relevance import acts
from relevance.errors import NotFound

ROOT = Path(acts.__file__).parent


def test_every_module_that_offers_acts_is_looked_into() -> None:
    offering = {
        ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
        for path in ROOT.rglob("*.py")
        if "import command_act" in path.read_text("utf-8")
    }
    assert offering == set(acts.OFFERING)


def test_an_act_that_nobody_offers_is_said_to_be_none() -> None:
    with pytest.raises(NotFound, match=r"store\.burn"):
        acts.run(None, "store.burn", {})  # type: ignore[arg-type]
