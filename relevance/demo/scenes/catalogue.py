"""All scenes, one theme after another in turn, so that a smaller demo is as varied as a large one."""

from __future__ import annotations

from itertools import zip_longest

from relevance.demo.scenes import animals, home, shapes, sport, street, weather
from relevance.demo.scenes.scene import Scene

_THEMES = (animals, street, weather, home, shapes, sport)

CATALOGUE: tuple[Scene, ...] = tuple(
    scene for row in zip_longest(*(theme.SCENES for theme in _THEMES)) for scene in row if scene is not None
)
