"""How a piece of gold leaves the stream, in the record and in memory, in the act that is its cause."""

from __future__ import annotations

from relevance.gold import GoldLine, Piece
from relevance.roles import SYSTEM
from relevance.store.store import Tx


def end(tx: Tx, line: GoldLine, piece: Piece, why: str, by: int, act: int) -> None:
    """A piece leaves the stream: doubted, or retired by a person or with what it rested on."""
    tx.insert(
        "gold_end", gold=piece.gold, why=why, n=piece.good, failed=piece.failed, made_by=by, made_at=tx.now, act=act
    )

    def back() -> None:
        piece.ended = False
        line.by_item[piece.item] = piece

    line.end(piece)
    tx.live.journal.append(back)


def withdraw(tx: Tx, line: GoldLine, piece: Piece, because: str, act: int, project: int) -> None:
    """Takes a piece out since what it rests on is gone; what people answered to it proves nothing from now on."""
    act = act or tx.new_act("gold.touched", SYSTEM, project, gold=piece.gold, because=because)
    end(tx, line, piece, "retired", 0, act)
    tx.insert("gold_touched", gold=piece.gold, because=because, act=act)
