"""Every reason that ingest gives, in one place: a code for the store, a sentence for a lead."""

from __future__ import annotations

from typing import Any

from relevance.media.verdict import Reason
from relevance.texts import N_

SENTENCES: dict[str, str] = {
    # rejected: no clip
    "empty": N_("The file is empty."),
    "unreadable": N_("The file can't be read ({why}). Check its permissions and the disk."),
    "changing": N_("The file changed while it was read. Ingest it again when the copy is complete."),
    "image": N_("This is a still image, not a video."),
    "audio": N_("This has sound only, no video."),
    "text": N_("This is text or a web page, not a video."),
    "playlist": N_("This is a playlist or a script that points to other files. Give the video itself."),
    "document": N_("This is a document, an archive or a program, not a video."),
    "format": N_("Files of this kind ({format}) are not taken. Convert it to MP4 first."),
    "broken": N_("The container is broken or unknown; nothing in it can be read."),
    "unfinished": N_("The file ends before its index: an upload or recording was cut off. Get it again in whole."),
    "no-video": N_("The file holds no video."),
    "encrypted": N_("The video is encrypted. Get a copy without copy protection."),
    "no-frame": N_("Not one frame could be decoded; the picture data is missing or damaged."),
    "no-decoder": N_("The FFmpeg at hand can't decode {codec} video."),
    "too-small": N_("The picture is {width} x {height}, too small to judge (at least {least} pixels a side)."),
    "too-many-pixels": N_("The picture is {width} x {height}, more than the {most} million pixels allowed."),
    "too-long": N_("It claims to last {duration}, more than the {most} allowed. Cut clips from it with --clips."),
    "too-big": N_("The file has {size} MB, more than the {most} MB allowed."),
    "too-slow": N_("It took longer than the {most} s allowed and was stopped."),
    "too-much-memory": N_("It wanted more than the {most} MB of memory allowed and was stopped."),
    "too-much-output": N_("The clip would be larger than the {most} MB allowed."),
    "failed": N_("FFmpeg could not make a clip from it."),
    "cut-outside": N_("The cut starts at {start}, but the video ends at {end}."),
    "unverified": N_("The prepared clip did not pass its own check and was thrown away."),
    # warnings: a clip that plays but lost something
    "lost-frames": N_("{got} of {all} frames could be decoded; the rest is lost."),
    "damaged-frames": N_("{damaged} of {all} frames are damaged and may show blocks."),
    "no-sound": N_("The sound could not be decoded; the clip is silent."),
    "sound-part": N_("{got} of {all} s of sound could be decoded; the rest is silent."),
    "duration": N_("The duration was corrected from {claimed} to {actual} s."),
    "hdr": N_("Its HDR colours could not be mapped fully; colours may look off."),
    "cut-short": N_("The cut ends with the video, at {end} instead of {asked}."),
    "joined": N_(
        "{n} videos are joined in this file, one behind the other; only the first plays. Give each as a file of its own."
    ),
    "captions": N_("The subtitles {file} could not be used ({why})."),
    # skipped: never tried
    "not-media": N_("This is no media file."),
    "special": N_("This is no regular file (a pipe, socket or device); it was not opened."),
    "link": N_("This is a link out of the folder; it was not followed."),
    "subtitles": N_("Subtitles; they go with the video of the same name."),
    "table": N_("This is the table given with --metadata or --clips."),
    "not-in-table": N_("The --clips table names no part of it."),
    "side-file": N_("This is a side file that macOS writes, not the video itself."),
    "stopped": N_("Ingest was stopped before it came to this file."),
    # duplicates and what is there already
    "same-content": N_("It has the same content as {other}; its name is kept as another name of that clip."),
    "already": N_("It was ingested before."),
}


def why(code: str, **values: Any) -> Reason:
    """The reason of this code, its places filled in.

    >>> why("lost-frames", got=84, all=234).say()
    '84 of 234 frames could be decoded; the rest is lost.'
    """
    return Reason(code, SENTENCES[code], values)


def clock_time(seconds: float) -> str:
    """A time as h:mm:ss, with milliseconds where there are any.

    >>> clock_time(86400), clock_time(61.5)
    ('24:00:00', '0:01:01.500')
    """
    whole, ms = divmod(round(seconds * 1000), 1000)
    text = f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
    return f"{text}.{ms:03}" if ms else text
