"""Running other programs: output into a log file, and failures put into one line that helps."""

import re
import shutil
import subprocess

from . import paths
from .console import Failure

# What other programs print -> what the person at the terminal can do about it.
EXPLANATIONS = (
    (
        r"No space left on device|ENOSPC|Disk quota exceeded",
        "the disk is full: free some space (about 3 GB) and repeat",
    ),
    (
        r"404\s+Not Found",
        "the package registry no longer has this version: delete .odoo/apt and repeat",
    ),
    (
        r"Temporary failure resolving|Could not resolve|dns error|Name or service not known|Network is unreachable"
        r"|Failed to establish a new connection|Connection timed out|Could not connect|Failed to fetch"
        r"|error sending request|getaddrinfo|ENOTFOUND|EAI_AGAIN",
        "no network, or the package registry does not answer: check the connection or proxy and repeat",
    ),
    (
        r"Hash mismatch|do not match the hashes|THESE PACKAGES DO NOT MATCH",
        "a download differs from the locked one",
    ),
)


def explain(output):
    """The line for the reader: a known cause, else the last line that the program printed about an error."""
    for pattern, explanation in EXPLANATIONS:
        if re.search(pattern, output):
            return explanation
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if re.search(r"error|fatal|failed|cannot|unable", line, re.IGNORECASE)]
    return (errors or lines or ["it printed nothing"])[-1]


def run(command, what, **options):
    """Runs a step of the set-up and returns what it printed; the log keeps the whole output."""
    log = paths.LOGS / (re.sub(r"\W+", "-", what.lower()).strip("-") + ".log")
    log.parent.mkdir(parents=True, exist_ok=True)
    if "input" not in options:
        options["stdin"] = subprocess.DEVNULL
    try:
        result = subprocess.run(
            [str(part) for part in command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            **options,
        )
    except FileNotFoundError as error:
        raise Failure(f"{what}: the program {command[0]} is not installed") from error
    log.write_text(result.stdout)
    if result.returncode:
        raise Failure(f"{what}: {explain(result.stdout)} (all of it: {log.relative_to(paths.ROOT)})")
    return result.stdout


def find_program(*names):
    """The first of these programs on PATH, or None."""
    return next((found for found in map(shutil.which, names) if found), None)
