"""Network ports on this machine."""

import socket

HOST = "127.0.0.1"


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def any_free():
    """A port that nobody listens on now; the kernel chooses it at random, so parallel commands rarely meet."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def first_free(wanted):
    """The wanted port or the next free one."""
    return next((port for port in range(wanted, wanted + 100) if is_free(port)), None) or any_free()
