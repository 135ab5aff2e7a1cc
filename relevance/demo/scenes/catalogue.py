"""All scenes, in the order in which a smaller demo takes them."""

from __future__ import annotations

from relevance.demo.scenes import animals, home, shapes, sport, street, weather
from relevance.demo.scenes.scene import Scene

CATALOGUE: tuple[Scene, ...] = (
    *animals.SCENES,
    *sport.SCENES,
    *weather.SCENES,
    *street.SCENES,
    *home.SCENES,
    *shapes.SCENES,
)
