"""Sounds for the clips: arithmetic on numpy arrays, mono, 22,050 samples a second, -1 to 1."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

RATE = 22_050
Samples = NDArray[np.float32]
Sound = Callable[[float, int], Samples]


def _time(seconds: float) -> Samples:
    return np.linspace(0, seconds, round(seconds * RATE), endpoint=False, dtype=np.float32)


def _noise(seconds: float, seed: int, soft: int = 1) -> Samples:
    """White noise, averaged over `soft` samples: the more, the darker."""
    raw = np.random.default_rng(seed).standard_normal(round(seconds * RATE) + soft).astype(np.float32)
    if soft == 1:
        return raw[:-1]
    total = np.cumsum(raw, dtype=np.float64)
    return np.asarray((total[soft:] - total[:-soft]) / np.sqrt(soft), dtype=np.float32)


def _strikes(seconds: float, moments: Sequence[float], one: Samples) -> Samples:
    out = np.zeros(round(seconds * RATE), dtype=np.float32)
    for moment in moments:
        start = round(moment * RATE)
        if 0 <= start < len(out):
            part = one[: len(out) - start]
            out[start : start + len(part)] += part
    return out


def rain(seconds: float, seed: int) -> Samples:
    """Steady rain with single drops near by."""
    drops = np.random.default_rng(seed).uniform(0, seconds, round(seconds * 30))
    t = _time(0.03)
    drop = (np.sin(2 * np.pi * 2400 * t) * np.exp(-t * 220)).astype(np.float32)
    return 0.10 * _noise(seconds, seed, 2) + 0.16 * _strikes(seconds, list(drops), drop)


def sea(seconds: float, seed: int) -> Samples:
    """Waves that come and go."""
    swell = (0.55 + 0.45 * np.sin(2 * np.pi * _time(seconds) / 3.4)).astype(np.float32) ** 2
    return np.asarray(0.22 * _noise(seconds, seed, 6) * swell, dtype=np.float32)


def fire(seconds: float, seed: int) -> Samples:
    """A low roar and crackling."""
    rng = np.random.default_rng(seed)
    t = _time(0.02)
    crack = (rng.standard_normal(len(t)) * np.exp(-t * 320)).astype(np.float32)
    return 0.12 * _noise(seconds, seed, 24) + 0.5 * _strikes(seconds, list(rng.uniform(0, seconds, 60)), crack)


def siren(seconds: float, seed: int) -> Samples:
    """A two-tone horn, as on an ambulance."""
    del seed
    t = _time(seconds)
    pitch = np.where((t % 1.0) < 0.5, 660.0, 880.0)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    return np.asarray(0.22 * (np.sin(phase) + 0.35 * np.sin(3 * phase)), dtype=np.float32)


def bell(seconds: float, seed: int) -> Samples:
    """A bell struck every 1.2 seconds."""
    del seed
    t = _time(2.4)
    partials = ((1.0, 1.0, 1.6), (2.0, 0.6, 2.2), (2.76, 0.45, 3.2), (5.4, 0.22, 5.5))
    one = sum(a * np.sin(2 * np.pi * 392 * r * t) * np.exp(-t * d) for r, a, d in partials)
    return 0.22 * _strikes(seconds, [0.3 + 1.2 * i for i in range(int(seconds))], np.asarray(one, dtype=np.float32))


def alarm(seconds: float, seed: int) -> Samples:
    """An alarm clock's rattle, on and off."""
    del seed
    t = _time(seconds)
    tone = np.sin(2 * np.pi * 2050 * t) * (np.sin(2 * np.pi * 22 * t) > 0) * ((t % 1.2) < 0.8)
    return np.asarray(0.16 * tone, dtype=np.float32)


def ticks(seconds: float, seed: int) -> Samples:
    """A clock that ticks once a second."""
    t = _time(0.04)
    tick = (np.random.default_rng(seed).standard_normal(len(t)) * np.exp(-t * 260)).astype(np.float32)
    return 0.3 * _strikes(seconds, [float(i) for i in range(int(seconds) + 1)], tick)


def traffic(seconds: float, seed: int) -> Samples:
    """Engines idling, and two impatient horns."""
    t = _time(0.5)
    horn = (0.5 * (np.sin(2 * np.pi * 420 * t) + np.sin(2 * np.pi * 525 * t)) * np.minimum(1, (0.5 - t) * 12)).astype(
        np.float32
    )
    hum = 0.16 * _noise(seconds, seed, 60)
    return hum + 0.18 * _strikes(seconds, [0.8, seconds * 0.55, seconds * 0.55 + 0.6], horn)


def wind(seconds: float, seed: int) -> Samples:
    """Wind over an open place."""
    gust = (0.6 + 0.4 * np.sin(2 * np.pi * _time(seconds) / 2.7)).astype(np.float32)
    return np.asarray(0.18 * _noise(seconds, seed, 30) * gust, dtype=np.float32)


def birds(seconds: float, seed: int) -> Samples:
    """A few birds in a garden."""
    t = _time(0.12)
    chirp = (np.sin(2 * np.pi * (2600 * t + 5200 * t**2)) * np.sin(np.pi * t / 0.12)).astype(np.float32)
    moments = np.random.default_rng(seed).uniform(0, seconds, round(seconds * 2.2))
    return 0.12 * _strikes(seconds, list(moments), chirp) + 0.01 * _noise(seconds, seed, 8)


def train(seconds: float, seed: int) -> Samples:
    """Wheels over the joints of a track."""
    t = _time(0.12)
    clack = (np.random.default_rng(seed).standard_normal(len(t)) * np.exp(-t * 60)).astype(np.float32)
    beats = [b + d for b in np.arange(0.2, seconds, 0.62) for d in (0.0, 0.14)]
    return 0.12 * _noise(seconds, seed, 40) + 0.22 * _strikes(seconds, beats, clack)


def thumps(moments: Sequence[float]) -> Sound:
    """A ball that hits the ground at these moments."""

    def sound(seconds: float, seed: int) -> Samples:
        t = _time(0.16)
        one = (np.sin(2 * np.pi * (110 * t - 120 * t**2)) * np.exp(-t * 26)).astype(np.float32)
        return 0.6 * _strikes(seconds, moments, one) + 0.01 * _noise(seconds, seed, 12)

    return sound


def silence(seconds: float, seed: int) -> Samples:
    """A sound track in which nothing is heard: not the same as no sound track."""
    del seed
    return np.zeros(round(seconds * RATE), dtype=np.float32)
