"""What a file's first bytes say it is. Tells a lead why a file is no video, and ingest what is worth trying."""

from __future__ import annotations

from typing import Literal

Kind = Literal["empty", "video", "audio", "image", "animation", "text", "playlist", "document", "side-file", "unknown"]

HEAD = 4096  # bytes that are looked at

# The extensions that a video bears: such a file is always tried, whatever its bytes say.
VIDEO_ENDINGS = frozenset(
    (
        ".mp4", ".m4v", ".mov", ".qt", ".mkv", ".webm", ".avi", ".divx", ".wmv", ".asf", ".flv", ".f4v",
        ".mpg", ".mpeg", ".mpe", ".m1v", ".m2v", ".mp2v", ".mpv", ".vob", ".ts", ".mts", ".m2ts", ".m2t",
        ".tp", ".trp", ".mxf", ".rm", ".rmvb", ".ogv", ".ogm", ".3gp", ".3g2", ".3gpp", ".dv", ".h264", ".264",
        ".avc", ".h265", ".265", ".hevc", ".ivf", ".obu", ".y4m", ".m3u8", ".amv", ".tod", ".wtv", ".dvr-ms",
        ".mjpg", ".mjpeg", ".nut", ".insv", ".lrv", ".k3g", ".skm",
    )
)  # fmt: skip

_STARTS: tuple[tuple[bytes, Kind], ...] = (
    (b"\x1aE\xdf\xa3", "video"),  # Matroska, WebM
    (b"0&\xb2u\x8ef\xcf\x11", "video"),  # ASF: WMV (or WMA: the probe tells)
    (b"FLV\x01", "video"),
    (b"\x00\x00\x01\xba", "video"),  # MPEG program stream
    (b"\x00\x00\x01\xb3", "video"),  # MPEG video
    (b"\x06\x0e+4\x02\x05\x01\x01", "video"),  # MXF
    (b".RMF", "video"),
    (b"YUV4MPEG2", "video"),
    (b"DKIF", "video"),
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"BM", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"8BPS", "image"),
    (b"\x00\x00\x01\x00", "image"),
    (b"\xff\x0a", "image"),
    (b"\x00\x00\x00\x0cJXL ", "image"),
    (b"\x00\x00\x00\x0cjP  ", "image"),
    (b"GIF87a", "animation"),
    (b"GIF89a", "animation"),
    (b"ID3", "audio"),
    (b"fLaC", "audio"),
    (b"#!AMR", "audio"),
    (b"FORM", "audio"),
    (b"caff", "audio"),
    (b"MAC ", "audio"),
    (b"\xff\xfb", "audio"),
    (b"\xff\xf3", "audio"),
    (b"\xff\xf1", "audio"),
    (b"\xff\xf9", "audio"),
    (b"\x0bw", "audio"),
    (b"%PDF", "document"),
    (b"PK\x03\x04", "document"),
    (b"Rar!", "document"),
    (b"7z\xbc\xaf", "document"),
    (b"\x1f\x8b", "document"),
    (b"BZh", "document"),
    (b"\xfd7zXZ", "document"),
    (b"\xd0\xcf\x11\xe0", "document"),
    (b"\x7fELF", "document"),
    (b"MZ", "document"),
    (b"SQLite format 3", "document"),
    (b"\x00\x05\x16\x07", "side-file"),  # AppleDouble, the ._name files
    (b"\x00\x05\x16\x00", "side-file"),
)
_ATOMS = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp", b"moof", b"sidx", b"uuid")
_IMAGE_BRANDS = (b"avif", b"heic", b"heix", b"mif1", b"msf1", b"avis")
_SOUND_BRANDS = (b"M4A ", b"M4B ", b"M4P ")


def sniff(head: bytes) -> Kind:
    """What the first HEAD bytes of a file are.

    >>> sniff(b""), sniff(b"\\0\\0\\0\\x18ftypmp42"), sniff(b"<html>"), sniff(b"#EXTM3U\\n")
    ('empty', 'video', 'text', 'playlist')
    """
    if not head:
        return "empty"
    for start, kind in _STARTS:
        if head.startswith(start) and (start != b"BM" or head[6:10] == b"\0\0\0\0"):
            return kind
    if head[4:8] in _ATOMS:
        brand = head[8:12] if head[4:8] == b"ftyp" else b""
        if brand in _IMAGE_BRANDS:
            return "image"
        return "audio" if brand in _SOUND_BRANDS else "video"
    if head.startswith(b"RIFF"):
        return {b"WAVE": "audio", b"WEBP": "image"}.get(head[8:12], "video")  # type: ignore[return-value]
    if head.startswith(b"OggS"):
        return (
            "audio"
            if any(mark in head[:512] for mark in (b"vorbis", b"OpusHead", b"\x7fFLAC", b"Speex"))
            and (b"theora" not in head)
            else "video"
        )
    if _transport_stream(head):
        return "video"
    if head.startswith((b"\x00\x00\x00\x01", b"\x00\x00\x01")) and len(head) > 64:
        return "video"  # a bare H.264 or HEVC stream
    return _text(head)


def _transport_stream(head: bytes) -> bool:
    """MPEG transport stream: a sync byte every 188 bytes (192 with Blu-ray's time codes, 204 with error correction)."""
    for size, lead in ((188, 0), (192, 4), (204, 0)):
        marks = head[lead::size]
        if len(marks) >= 4 and len(head) >= size * 4 and set(marks[:-1]) == {0x47}:
            return True
    return False


def _text(head: bytes) -> Kind:
    plain = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if plain.startswith((b"#EXTM3U", b"ffconcat", b"v=0", b"[playlist]", b"<?wpl", b"<asx", b"<ASX", b"[Reference]")):
        return "playlist"
    if b"<MPD" in plain[:512] or b"<smil" in plain[:512]:
        return "playlist"
    if b"<svg" in plain[:512].lower():
        return "image"
    if plain[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "text"
    if b"\x00" in head:
        return "unknown"
    strange = sum(byte < 32 and byte not in (9, 10, 12, 13, 27) for byte in head)
    return "text" if strange <= len(head) // 100 else "unknown"
