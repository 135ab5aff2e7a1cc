"""Which encoding a text file is in: UTF-8 with or without BOM, UTF-16 with or without BOM, else GB18030.

What a Chinese office sends: spreadsheets saved as "CSV" are GB18030 (GBK), "Unicode text" is UTF-16, everything newer is
UTF-8. Nothing is guessed by frequency: the first of these that decodes the whole file is the one.
"""

from __future__ import annotations

import codecs
from pathlib import Path

from relevance.errors import BadInput

_PIECE = 1 << 20


def detect(path: Path, name: str) -> str:
    """The name of the codec that reads the whole file.

    Raises:
        BadInput: none of the encodings reads it, or it is UTF-8 with damaged bytes (the line is named).
    """
    with path.open("rb") as stream:
        head = stream.read(4096)
    if head.startswith(codecs.BOM_UTF8):
        _must_decode(path, name, "utf-8-sig")
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        _must_decode(path, name, "utf-16")
        return "utf-16"
    if b"\0" in head:
        # Latin letters, commas and line ends leave zeros at every second byte: their side tells the byte order.
        codec = "utf-16-le" if head[1::2].count(0) > head[0::2].count(0) else "utf-16-be"
        _must_decode(path, name, codec)
        return codec
    bad = _first_bad_line(path, "utf-8")
    if bad is None:
        return "utf-8"
    good, damaged = _utf8_balance(path)
    if good > 4 * damaged:
        # Mostly proper UTF-8: read as GB18030 it would turn every Chinese text into other characters, silently.
        raise BadInput(
            "{file}, row {row}: the file is UTF-8, but bytes in this row are damaged. Save it again as UTF-8.",
            file=name, row=bad,
        )  # fmt: skip
    bad = _first_bad_line(path, "gb18030")
    if bad is None:
        return "gb18030"
    raise BadInput(
        "{file} is neither UTF-8, UTF-16 nor GB18030 (row {row} cannot be read). Save it as UTF-8.", file=name, row=bad
    )


def _must_decode(path: Path, name: str, codec: str) -> None:
    bad = _first_bad_line(path, codec)
    if bad is not None:
        raise BadInput(
            "{file}, row {row}: these bytes are not {encoding}, as the start of the file says. Save it as UTF-8.",
            file=name, row=bad, encoding=codec.upper(),
        )  # fmt: skip


def _first_bad_line(path: Path, codec: str) -> int | None:
    """The line of the first byte that the codec cannot read, or None where it reads all of them."""
    decoder = codecs.getincrementaldecoder(codec)()
    line = 1
    with path.open("rb") as stream:
        while True:
            piece = stream.read(_PIECE)
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as fault:
                return line + fault.object[: fault.start].count(b"\n")
            if not piece:
                return None
            line += text.count("\n")


def _utf8_balance(path: Path) -> tuple[int, int]:
    """How many characters beyond ASCII are proper UTF-8, and how many bytes are not, in the first megabyte."""
    with path.open("rb") as stream:
        text = stream.read(_PIECE).decode("utf-8", errors="replace")
    damaged = text.count("\ufffd")
    return sum(character > "\x7f" for character in text) - damaged, damaged
