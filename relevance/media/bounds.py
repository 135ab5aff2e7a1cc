"""How far a file may go: time, memory, pixels, duration, size. What exceeds a bound is refused, saying which."""

from __future__ import annotations

from dataclasses import dataclass

GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of one file's ingest. Seconds are wall clock, sizes are bytes, memory is address space a process."""

    source_bytes: int = 64 * GIB
    source_duration_s: float = 12 * 3600
    duration_s: float = 4 * 3600  # of what is prepared: the whole source, or one cut of it
    pixels: int = 36_000_000  # a frame; 8K UHD has 33.2 million
    side: int = 16  # the shortest side of a picture that anybody can judge
    memory_bytes: int = 4 * GIB
    probe_memory_bytes: int = 1 * GIB
    probe_s: float = 60
    prepare_s: float = 2 * 3600
    output_bytes: int = 4 * GIB
    subtitle_bytes: int = 8 << 20

    def time_for(self, duration_s: float) -> float:
        """Seconds that preparing so much video may take: a slow machine's pace, never more than `prepare_s`.

        >>> Bounds(prepare_s=600).time_for(4), Bounds(prepare_s=600).time_for(4000)
        (240.0, 600)
        """
        return min(self.prepare_s, 120.0 + 30.0 * max(duration_s, 0.0))
