"""Odoo 19 itself: a checkout named by ODOO_SRC, else the Debian package odoo-19, unpacked under .odoo/."""

import os
import re
import shutil
from pathlib import Path

from . import debian, paths
from .console import Failure, step

SERIES = "19.0"
PACKAGE = "odoo-19"
UNPACKED = paths.STATE / "odoo"
# What the package's own files link to.
SUPPORT_PACKAGES = (
    "fonts-font-awesome",
    "fonts-inconsolata",
    "fonts-montserrat",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
)
PACKAGED = "usr/lib/python3/dist-packages/"
# Beside the package odoo lie copies of its addons, setup and doc; on the Python path they would shadow others.
WANTED = re.compile(re.escape(PACKAGED) + r"odoo(/|-[^/]*\.egg-info)")
# The other 60 languages are more than half of the package.
UNWANTED = re.compile(r"/i18n(_extra)?/(?!zh_CN\.po$)[^/]+\.po$")
# Left out of the package for its licence. Without the file a missing module is logged at every page load and
# fails every browser test; with an empty one only the background blur of video calls is lost.
MISSING_ASSET = "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
OTHER_WAYS = "set ODOO_SRC to an Odoo 19 checkout or use docker compose"


class OdooSource:
    """Where Odoo's code lies: `python_path` goes on Python's path, `addons` are the folders of its addons.

    `fingerprint` changes with the code: databases made with other code must not be used."""

    def __init__(self, python_path):
        self.python_path = Path(python_path).resolve()
        candidates = (self.python_path / "odoo" / "addons", self.python_path / "addons")
        self.addons = [
            folder for folder in candidates if (folder / "base").is_dir() or (folder / "web").is_dir()
        ]
        release = self.python_path / "odoo" / "release.py"
        self._check_series(release)
        self.fingerprint = f"{SERIES} {release} {release.stat().st_mtime_ns}"

    def _check_series(self, release):
        if not release.is_file():
            raise Failure(f"{self.python_path} holds no Odoo (odoo/release.py is not there)")
        match = re.search(r"version_info\s*=\s*\((\d+), (\d+)", release.read_text())
        series = ".".join(match.groups()) if match else "unknown"
        if series != SERIES:
            raise Failure(f"{self.python_path} holds Odoo {series}, but {SERIES} is needed: {OTHER_WAYS}")


def find():
    """Odoo's source, downloaded if need be."""
    if os.environ.get("ODOO_SRC"):
        return OdooSource(os.environ["ODOO_SRC"])
    if not UNPACKED.exists():
        try:
            _download()
        except debian.NoDebian as reason:
            raise Failure(
                f"Odoo 19 comes from Debian's package {PACKAGE}, but {reason}: {OTHER_WAYS}"
            ) from reason
    return OdooSource(UNPACKED / PACKAGED)


def _download():
    with step("downloading and unpacking Odoo 19 from Debian, 130 MB", usually="20 to 60 s"):
        version = debian.candidate_version(PACKAGE)
        if version is None:
            raise Failure(f"Debian no longer has the package {PACKAGE}: {OTHER_WAYS}")
        if not version.startswith(SERIES):
            raise Failure(f"Debian's {PACKAGE} is now {version}, but {SERIES} is needed: {OTHER_WAYS}")
        archives = debian.download([PACKAGE, *SUPPORT_PACKAGES])
        unfinished = UNPACKED.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        debian.unpack(archives[PACKAGE], unfinished, _is_wanted)
        for name in SUPPORT_PACKAGES:
            debian.unpack(archives[name], unfinished, lambda path: path.startswith("usr/share/"))
        stub = unfinished / PACKAGED / MISSING_ASSET
        if not stub.exists():
            stub.parent.mkdir(parents=True, exist_ok=True)
            stub.write_text("/* not part of Debian's package */\n")
        unfinished.rename(UNPACKED)
        debian.forget_downloads()


def _is_wanted(path):
    return bool(WANTED.match(path)) and not UNWANTED.search(path)
