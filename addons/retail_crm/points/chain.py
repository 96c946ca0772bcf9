"""The hash chain over the moves of a wallet."""

import hashlib

START = "0" * 64


def link(previous, fields):
    """The seal of a move: SHA-256 over the seal before it and the move's ``fields``, of which none is a name.

    >>> link(START, ("earn", "50.000000"))[:8]
    '8500a70a'
    """
    told = "\x1f".join((previous, *("" if field is None else str(field) for field in fields)))
    return hashlib.sha256(told.encode()).hexdigest()
