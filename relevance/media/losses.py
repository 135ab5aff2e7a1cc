"""What a clip lost on the way from its source, and how much: rules on counts, no I/O."""

from __future__ import annotations

from relevance.media.check import Checked
from relevance.media.judge import Chosen
from relevance.media.packets import Packets
from relevance.media.plan import Plan
from relevance.media.prepare import Made
from relevance.media.reasons import clock_time, why
from relevance.media.verdict import Cut, Reason


def losses(chosen: Chosen, timing: Packets, plan: Plan, made: Made, checked: Checked, cut: Cut | None) -> list[Reason]:
    """Warnings for a lead, the gravest first; none, if the clip is all of its source."""
    found = [*_picture(chosen, timing, plan, made, checked, cut), *_sound(chosen, plan, made, checked, cut)]
    if made.hdr_unmapped or chosen.video.dovi_profile == 5:
        found.append(why("hdr"))
    return [*found, *(reason for reason in chosen.warnings if reason.code not in {one.code for one in found})]


def _picture(
    chosen: Chosen, timing: Packets, plan: Plan, made: Made, checked: Checked, cut: Cut | None
) -> list[Reason]:
    found: list[Reason] = []
    got = checked.frames if plan.copy_video else made.video.frames
    damaged = checked.damaged if plan.copy_video else made.damaged
    if cut is None:
        claimed = chosen.video.frames or 0
        all_of_them = max(claimed, timing.count)
        # A packet need not be a frame (fields, hidden frames), so a difference counts only beside an error or a gap in the file.
        short = made.video.errors > 0 or timing.count < 0.98 * claimed - 1 or (plan.copy_video and got < timing.count)
        if short and got < all_of_them:
            found.append(why("lost-frames", got=got, all=all_of_them))
    if damaged:
        found.append(why("damaged-frames", damaged=min(damaged, got), all=got))
    if cut is None and chosen.claimed_s is not None:
        off = abs(checked.duration_s - chosen.claimed_s)
        if off > max(0.5, 0.02 * chosen.claimed_s):
            found.append(why("duration", claimed=f"{chosen.claimed_s:.2f}", actual=f"{checked.duration_s:.2f}"))
    if cut is not None and cut.end_s is not None:
        end = cut.start_s + checked.duration_s
        if end < cut.end_s - max(0.1, 1.5 / float(plan.rate)):
            found.append(why("cut-short", end=clock_time(end), asked=clock_time(cut.end_s)))
    return found


def _sound(chosen: Chosen, plan: Plan, made: Made, checked: Checked, cut: Cut | None) -> list[Reason]:
    if made.silent:
        return [why("no-sound")]
    if chosen.audio is None or cut is not None:
        return []
    count = checked.audio if plan.copy_audio else made.audio
    if count is None:
        return []
    got = count.samples / chosen.audio.sample_rate
    if chosen.audio.duration is None and not count.errors:
        return []
    wanted = min(chosen.audio.duration or checked.duration_s, checked.duration_s)
    if got < 0.95 * wanted - 0.3:
        return [why("sound-part", got=f"{got:.1f}", all=f"{wanted:.1f}")]
    return []
