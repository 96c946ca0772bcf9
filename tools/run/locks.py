"""File locks between ./run commands. The kernel drops them when a process ends, however it ends."""

import contextlib
import fcntl

from .console import say


@contextlib.contextmanager
def exclusive(path, waiting_for):
    """Holds the lock alone; says what it is waiting for when another command has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"==> waiting for another ./run that is {waiting_for}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def take_shared(path):
    """Takes the lock together with others and returns its handle; closing the handle gives it back."""
    handle = path.open("w")
    fcntl.flock(handle, fcntl.LOCK_SH)
    return handle


@contextlib.contextmanager
def only_holder(path):
    """Yields whether nobody else holds the lock, and keeps newcomers waiting meanwhile."""
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
