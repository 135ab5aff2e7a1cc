"""docs/triage.md from runs: means and spreads over seeds, plots as small SVG files, and where triage stops paying."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from relevance.causes import CAUSES
from relevance.simulation.parameters import World
from relevance.simulation.run import first_hour, run
from relevance.tiers import Tier

SEEDS = (1, 2, 3, 4, 5)
BEGIN, END = "<!-- figures -->", "<!-- /figures -->"

# What is varied for the first hour, and for the weeks: (what it says, changes).
HOUR: tuple[tuple[str, dict[str, Any]], ...] = (
    ("as it is", {}),
    ("notes and rules counted by grade, not by item", {"said_by_item": False}),
    ("no notes", {"noted": 0.0}),
    ("no rules cited", {"cited": 0.0}),
    ("neither notes nor rules nor flags", {"noted": 0.0, "cited": 0.0, "flagged": 0.0}),
    ("rules cited right 40 %", {"cited_right": 0.4}),
    ("flags right 50 %", {"flag_right": 0.5}),
    ("a gap stays within a family", {"gap_within_family": True}),
    ("keywords weigh as they are frequent", {"keyword_worth": 1.0}),
    ("30 gap situations", {"gap_situations": 30}),
    ("240 gap situations", {"gap_situations": 240}),
    ("all keywords and situations equally frequent", {"zipf": 0.0}),
    ("a tenth of the items unclear", {"unclear": 0.1}),
    ("a third of the items unclear", {"unclear": 1 / 3}),
    ("3,000 items a day", {"items_a_day": 3000}),
    ("a cluster takes 480 s", {"cluster_s": 480.0}),
    ("the client is right 80 %", {"client_right": 0.8}),
    ("no ambiguous keywords", {"ambiguous": 0.0}),
    ("no propagation", {"propagate": False}),
)
WEEKS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("as it is", {}),
    ("rules followed by half", {"follows": 0.5}),
    ("no propagation, no rules", {"propagate": False}),
    ("lead 1 h a day", {"lead_h": 1.0}),
    ("specialist 1 h a day", {"specialist_h": 1.0}),
    ("30 new situations a week", {"new_situations_a_week": 30}),
)


def write(path: Path, seeds: Sequence[int] = SEEDS, weeks: int = 8, seeds_varied: int = 1) -> None:
    """Runs everything and writes the figures into the page, between its marks, and the plots beside it."""
    runs = [run(World(), seed, weeks) for seed in seeds]
    parts = [
        _hour(runs), _causes(runs), _propagation(runs), _weeks(runs), _vary_hour(seeds), _vary_weeks(seeds[:seeds_varied], weeks),
    ]  # fmt: skip
    images = path.parent / "images"
    images.mkdir(parents=True, exist_ok=True)
    backlog = {f"seed {one['seed']}": [week["backlog"] for week in one["weeks"]] for one in runs}
    (images / "triage-backlog.svg").write_text(lines("Backlog at the end of each week, items", backlog), "utf-8")
    labels = {
        "before a person looked": [mean(one["weeks"][at]["accuracy_before"] for one in runs) * 100 for at in range(weeks)],
        "at the end": [mean(one["weeks"][at]["accuracy"] for one in runs) * 100 for at in range(weeks)],
    }  # fmt: skip
    (images / "triage-accuracy.svg").write_text(lines("Labels that are right, %, by week of the items", labels, 90), "utf-8")  # fmt: skip
    text = path.read_text("utf-8") if path.exists() else f"# Triage\n\n{BEGIN}\n{END}\n"
    before, rest = text.split(BEGIN, 1)
    figures = "\n".join(parts)
    path.write_text(f"{before}{BEGIN}\n{figures}\n{END}{rest.split(END, 1)[1]}", "utf-8")


def spread(values: Iterable[float], digits: int = 0, percent: bool = False) -> str:
    """Mean and standard deviation, and the least.

    >>> spread([1.0, 3.0], 1)
    '2.0 ± 1.4 (1.0 to 3.0)'
    """
    found = [value * (100 if percent else 1) for value in values]
    deviation = stdev(found) if len(found) > 1 else 0.0
    unit = " %" if percent else ""
    return f"{mean(found):,.{digits}f} ± {deviation:,.{digits}f} ({min(found):,.{digits}f} to {max(found):,.{digits}f}){unit}"  # fmt: skip


def _hour(runs: list[dict[str, Any]]) -> str:
    rows = ["## One hour of meeting", "", "| seed | disputes of the day | settled by the meeting | one by one | ratio | right after the meeting | one by one | before |", "|---|---|---|---|---|---|---|---|"]  # fmt: skip
    for one in runs:
        ratio = one["settled_by_meeting"] / one["settled_one_by_one"]
        rows.append(
            f"| {one['seed']} | {one['disputes']} | {one['settled_by_meeting']} | {one['settled_one_by_one']} | {ratio:.1f} | "
            f"{one['accuracy_by_meeting']:.1%} | {one['accuracy_one_by_one']:.1%} | {one['accuracy_before']:.1%} |"
        )
    ratio_all = spread([one["settled_by_meeting"] / one["settled_one_by_one"] for one in runs], 1)
    right = spread([one["accuracy_of_settled_by_meeting"] for one in runs], 1, percent=True)
    alone = spread([one["accuracy_of_settled_one_by_one"] for one in runs], 1, percent=True)
    rows += ["", f"Mean ± sd (range) of the ratio: {ratio_all}. Of what was settled itself, right: {right} by the meeting, {alone} one by one.", ""]  # fmt: skip
    return "\n".join(rows)


def _causes(runs: list[dict[str, Any]]) -> str:
    rows = ["## Proposed causes, first day, all seeds together", "", "| true kind | " + " | ".join(CAUSES) + " | right |", "|---|" + "---|" * (len(CAUSES) + 1)]  # fmt: skip
    total = right = 0
    for kind in ("guideline_gap", "boundary", "ambiguous_keyword", "bad_clip", "grader_error", "clear"):
        counts = [sum(one["causes"]["table"][kind][str(cause)] for one in runs) for cause in CAUSES]
        of = sum(counts)
        # A clear item is disputed because somebody erred.
        hit = counts[[str(one) for one in CAUSES].index("grader_error" if kind == "clear" else kind)]
        if kind != "clear":
            total, right = total + of, right + hit
        rows.append(f"| {kind} | " + " | ".join(map(str, counts)) + f" | {hit / max(of, 1):.0%} |")
    rows += ["", f"Of the unclear items {right / total:.0%} right.", ""]
    return "\n".join(rows)


def _propagation(runs: list[dict[str, Any]]) -> str:
    def row(name: str, accounts: list[dict[str, Any]]) -> str:
        share = spread([one["wrong"] / max(one["made"], 1) for one in accounts], 1, percent=True)
        first = spread([one["shown_first"] / max(one["wrong"], 1) for one in accounts], 0, percent=True)
        found = spread([one["found"] for one in accounts])
        return f"| {name} | {spread([one['made'] for one in accounts])} | {share} | {first} | {spread([one['sampled'] for one in accounts])} | {found} | {spread([one['came_back'] for one in accounts])} |"  # fmt: skip

    return "\n".join(
        [
            "## Propagation",
            "",
            "| | labels made | wrong | of the wrong ones, in the preview's first fifth | sampled | wrong ones that the sample found | rules that came back |",
            "|---|---|---|---|---|---|---|",
            row("the first hour", [one["propagation_in_the_hour"] for one in runs]),
            row("eight weeks", [one["propagation"] for one in runs]),
            "",
        ]
    )


def _weeks(runs: list[dict[str, Any]]) -> str:
    tiers = [*(str(tier) for tier in Tier), "precedent"]
    rows = [
        "## Eight weeks", "", "Means over the seeds.", "",
        "| week | disputes in | " + " | ".join(tiers) + " | backlog | right before | right at the end | grader hours |",
        "|---|---|" + "---|" * (len(tiers) + 4),
    ]  # fmt: skip
    for at in range(len(runs[0]["weeks"])):
        weeks = [one["weeks"][at] for one in runs]
        settled = " | ".join(f"{mean(week['settled'][tier] for week in weeks):,.0f}" for tier in tiers)
        rows.append(
            f"| {at + 1} | {mean(week['disputes'] for week in weeks):,.0f} | {settled} | "
            f"{spread([week['backlog'] for week in weeks])} | {mean(week['accuracy_before'] for week in weeks):.1%} | "
            f"{mean(week['accuracy'] for week in weeks):.1%} | {mean(week['grader_h'] for week in weeks):,.0f} |"
        )
    grows = [one for one in runs if one["bottleneck"]]
    said = "On no seed does the backlog grow after week four."
    if grows:
        each = "; ".join(
            f"seed {one['seed']} by {one['bottleneck']['grows_by_week']:.0f} items a week, waiting for: {one['bottleneck']['tier']}"
            for one in grows
        )
        said = f"After week four the backlog grows on {len(grows)} of {len(runs)} seeds: {each}."
    rows += ["", said, "", "![Backlog](images/triage-backlog.svg)", "", "![Labels that are right](images/triage-accuracy.svg)", ""]  # fmt: skip
    return "\n".join(rows)


def _vary_hour(seeds: Sequence[int]) -> str:
    rows = ["## Where it stops paying: the hour", "", f"Seeds {', '.join(map(str, seeds))}.", "", "| the world | settled, mean ± sd (range) | times one by one, least | right, meeting less one by one, in points, least |", "|---|---|---|---|"]  # fmt: skip
    for name, changes in HOUR:
        found = [first_hour(World().but(**changes), seed) for seed in seeds]
        settled = spread([one["settled_by_meeting"] for one in found])
        least = min(one["settled_by_meeting"] / one["settled_one_by_one"] for one in found)
        gain = min(one["accuracy_by_meeting"] - one["accuracy_one_by_one"] for one in found) * 100
        rows.append(f"| {name} | {settled} | {least:.1f} | {gain:+.1f} |")
    return "\n".join([*rows, ""])


def _vary_weeks(seeds: Sequence[int], weeks: int) -> str:
    rows = ["## Where it stops paying: the weeks", "", f"Seeds {', '.join(map(str, seeds))}.", "", "| the world | disputes, last week | backlog, last week | labels right | grows after week four; waits for |", "|---|---|---|---|---|"]  # fmt: skip
    for name, changes in WEEKS:
        found = [run(World().but(**changes), seed, weeks) for seed in seeds]
        last = [one["weeks"][-1] for one in found]
        waits = {one["bottleneck"]["tier"] for one in found if one["bottleneck"]}
        rows.append(
            f"| {name} | {mean(week['disputes'] for week in last):,.0f} | {mean(week['backlog'] for week in last):,.0f} | "
            f"{mean(one['accuracy_of_all_labels'] for one in found):.2%} | {', '.join(sorted(waits)) or 'no'} |"
        )
    return "\n".join([*rows, ""])


COLOURS = ("#2b5c8f", "#c0632d", "#3c8d5a", "#8a4f9e", "#7a7f87")


def lines(title: str, series: dict[str, list[float]], bottom: float = 0.0) -> str:
    """A small line chart as SVG."""
    wide, tall, left, top = 640, 260, 56, 34
    most = max(max(values) for values in series.values())
    ceiling = bottom + (most - bottom) * 1.1 or 1.0
    count = max(len(values) for values in series.values())

    def at(place: int, value: float) -> tuple[float, float]:
        x = left + (wide - left - 16) * place / max(count - 1, 1)
        return x, top + (tall - top - 60) * (1 - (value - bottom) / (ceiling - bottom))

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" font-family="system-ui, sans-serif" font-size="12">', f'<rect width="{wide}" height="{tall}" fill="#fff"/><text x="{left}" y="20" font-weight="600">{title}</text>']  # fmt: skip
    for step in range(4):
        value = bottom + (ceiling - bottom) * step / 3
        y = at(0, value)[1]
        parts.append(f'<line x1="{left}" x2="{wide - 16}" y1="{y:.0f}" y2="{y:.0f}" stroke="#e3e7ec"/><text x="{left - 6}" y="{y + 4:.0f}" text-anchor="end" fill="#5b6675">{value:,.0f}</text>')  # fmt: skip
    for place in range(count):
        parts.append(f'<text x="{at(place, bottom)[0]:.0f}" y="{tall - 42}" text-anchor="middle" fill="#5b6675">{place + 1}</text>')  # fmt: skip
    for number, (name, values) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(place, value) for place, value in enumerate(values)))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        x = left + number * (wide - left) / len(series)
        parts.append(f'<rect x="{x:.0f}" y="{tall - 22}" width="12" height="4" fill="{colour}"/><text x="{x + 17:.0f}" y="{tall - 16}">{name}</text>')  # fmt: skip
    return "\n".join([*parts, "</svg>\n"])
