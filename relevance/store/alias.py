"""What an item is called outside the server while it is graded: a name that tells neither its age nor its number.

Gold comes from finished batches, so its items have smaller numbers than those of the batch in work; who read the traffic
would know it by them. A name is a keyed hash of assignment and item: the same item under another assignment (a colleague's,
or one's own hidden repeat) has another name, and nobody without the store's key can tell which item is behind one.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from hashlib import blake2b

import duckdb

KEY = "alias"  # its row in `meta`: it goes with the records into a backup and never into the analysts' copy


class Aliases:
    """The names of one store's items."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def name(self, assignment: int, item: int) -> str:
        """The item's name under an assignment: 16 characters that can't be ordered.

        >>> names = Aliases(b"k" * 32)
        >>> names.name(1, 7) == names.name(1, 7), names.name(1, 7) == names.name(2, 7), len(names.name(1, 7))
        (True, False, 16)
        """
        found = blake2b(b"%d %d" % (assignment, item), key=self._key, digest_size=12)
        return urlsafe_b64encode(found.digest()).decode()


def aliases(con: duckdb.DuckDBPyConnection) -> Aliases:
    """The names of an open store; its key is made at the first opening."""
    row = con.execute("select value from meta where key = ?", [KEY]).fetchone()
    if row is None:
        row = (secrets.token_hex(32),)
        con.execute("insert into meta values (?, ?)", [KEY, row[0]])
    return Aliases(bytes.fromhex(row[0]))
