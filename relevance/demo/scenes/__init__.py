"""Short drawn clips that one can tell apart and argue about. `make_clips` makes them; the catalogue lists them."""

from relevance.demo.scenes.make import DemoClip, make_clips

__all__ = ["DemoClip", "make_clips"]
