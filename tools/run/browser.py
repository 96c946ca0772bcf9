"""The browser of the tours: the machine's own, else Debian's headless Chromium unpacked under .odoo/ with the
libraries that the machine lacks.

Odoo takes the first google-chrome, chromium or chromium-browser on PATH and silently skips its browser tests when
there is none, or one that needs more than 10 seconds to start. So it is started once here, which also warms it up."""

import shlex
import shutil
import subprocess

from . import debian, paths, process
from .console import Failure, step

FOLDER = paths.STATE / "browser"
NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
# The last one is for pictures of the Chinese screens.
PACKAGES = ("chromium-headless-shell", "fonts-dejavu-core", "fonts-droid-fallback")
PROGRAM = FOLDER / "bin" / "chromium"

WRAPPER = """\
#!/bin/sh
# Finds the libraries and fonts that were unpacked beside the browser.
export LD_LIBRARY_PATH={libraries}
export FONTCONFIG_FILE={fonts}
exec {program} "$@"
"""
FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
    <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
    <dir>/usr/share/fonts</dir>
    <dir>{folder}/usr/share/fonts</dir>
    <cachedir>{folder}/cache</cachedir>
</fontconfig>
"""


def ensure():
    """The folder to put on PATH so that Odoo finds a browser."""
    if not PROGRAM.exists() and not _use_own_of_machine():
        try:
            _download()
        except debian.NoDebian as reason:
            raise Failure(f"the tests need a browser, and {reason}: install chromium and repeat") from reason
    return PROGRAM.parent


def _use_own_of_machine():
    """A link to the machine's browser, if it has one that starts."""
    found = process.find_program(*NAMES)
    if not found or not _starts(found):
        return False
    PROGRAM.parent.mkdir(parents=True, exist_ok=True)
    PROGRAM.symlink_to(found)
    return True


def _download():
    with step("downloading a browser for the browser tests, 100 MB", "10 to 30 s"):
        shutil.rmtree(FOLDER, ignore_errors=True)
        wanted = debian.missing(PACKAGES)
        archives = debian.download(wanted)
        for name in wanted:
            debian.unpack(archives[name], FOLDER, _is_wanted)
        debian.forget_downloads()
        _write_wrapper()
        if not _starts(PROGRAM):
            PROGRAM.unlink()
            raise Failure(
                "the browser does not start: install chromium (apt-get install chromium) and repeat"
            )


def _is_wanted(path):
    return path.startswith(("usr/lib/", "lib/", "usr/share/fonts/"))


def _write_wrapper():
    """Written last: it is what tells a complete download from an interrupted one."""
    program = next(FOLDER.glob("usr/lib/chromium/*headless*shell"), None)
    if not program:
        raise Failure(
            "Debian's chromium-headless-shell looks different now: apt-get install chromium and repeat"
        )
    fonts = FOLDER / "fonts.conf"
    fonts.write_text(FONTS.format(folder=FOLDER))
    libraries = [*FOLDER.glob("usr/lib/*-linux-gnu*"), *FOLDER.glob("lib/*-linux-gnu*")]
    libraries += [folder for parent in libraries for folder in parent.glob("pulseaudio")]
    PROGRAM.parent.mkdir()
    PROGRAM.write_text(
        WRAPPER.format(
            libraries=":".join(map(_quoted, libraries)), fonts=_quoted(fonts), program=_quoted(program)
        )
    )
    PROGRAM.chmod(0o755)


def _quoted(path):
    return shlex.quote(str(path))


def _starts(program):
    command = [program, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "about:blank"]
    try:
        subprocess.run(command, capture_output=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return True
