"""What the person at the terminal reads: what is happening, how long it usually takes, and one line when it fails.

Progress goes to stderr, so that the output of `./run psql` or `./run exec` can be piped."""

import contextlib
import sys
import time


class Failure(Exception):
    """A step cannot go on. The message is one line that says what is wrong and what to do next."""


def say(text):
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def step(what, usually=None):
    """Announces a step before it starts and its duration when it has succeeded."""
    say(f"==> {what}" + (f" (usually {usually})" if usually else ""))
    started = time.monotonic()
    yield
    say(f"    done in {time.monotonic() - started:.1f} s")
