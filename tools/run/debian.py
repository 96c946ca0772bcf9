"""Debian packages without root: a private apt with its own lists and cache, in front of the machine's own mirrors.

apt checks the signatures as always. Nothing is installed into the system; packages are only unpacked under .odoo/."""

import os
import platform
import shutil
import subprocess
import tarfile
import time
from pathlib import Path

from . import paths, process
from .console import Failure

APT = paths.STATE / "apt"
ARCHIVES = APT / "archives"
KEYRINGS = ("debian-archive-keyring.pgp", "debian-archive-keyring.gpg")

TARGET_FORMAT = "$(REPO_URI)|$(RELEASE)|$(COMPONENT)"
# What sources may say instead of the name of the release.
ROLLING_RELEASES = ("sid", "unstable", "testing", "stable")
# A mirror drops a version as soon as it has the next one.
LISTS_LAST_SECONDS = 12 * 3600

# The private apt knows of no installed package unless it is told to look.
INSTALLED = ("-o", "Dir::State::status=/var/lib/dpkg/status")

# sid only where the machine's own release lacks a package: sid's fonts, for one, lack files that Odoo links to.
PREFERENCES = """\
Package: *
Pin: release n=sid
Pin-Priority: 100
"""

# An image may switch the package cache off; then every call reads all lists again.
CONFIGURATION = """\
Dir::State "{apt}";
Dir::State::Lists "{apt}/lists/";
Dir::State::status "{apt}/status";
Dir::Cache "{apt}";
Dir::Cache::archives "archives/";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Etc::SourceList "{apt}/sources.list";
Dir::Etc::SourceParts "{apt}/empty";
Dir::Etc::Preferences "{apt}/preferences";
Dir::Etc::PreferencesParts "{apt}/empty";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Retries "3";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""


class NoDebian(Failure):
    """This machine has no Debian packages to offer; the caller says what else would do."""


def _find_archive():
    """The mirror that this machine takes its release from, and the release: from list and deb822 sources alike."""
    if not shutil.which("apt-get") or platform.freedesktop_os_release().get("ID") != "debian":
        raise NoDebian("this is no Debian machine")
    listing = process.run(
        ["apt-get", "indextargets", "--no-release-info", "--format", TARGET_FORMAT, "Created-By: Packages"],
        "reading the machine's package sources",
    )
    archives = {}
    for line in listing.splitlines():
        address, release, component = line.split("|")
        if component == "main":
            archives.setdefault(release, address)
    for release in (platform.freedesktop_os_release().get("VERSION_CODENAME"), *ROLLING_RELEASES):
        if release in archives:
            return archives[release], release
    raise NoDebian("this machine's package sources do not name its Debian release")


def _source_lines(archive, release):
    keyrings = (Path("/usr/share/keyrings", name) for name in KEYRINGS)
    keyring = next((path for path in keyrings if path.exists()), None)
    options = f" [signed-by={keyring}]" if keyring else ""
    return "".join(f"deb{options} {archive} {suite} main\n" for suite in dict.fromkeys([release, "sid"]))


def _environment():
    return {**os.environ, "APT_CONFIG": str(APT / "apt.conf"), "LC_ALL": "C"}


def _prepare():
    """Writes the private configuration and fetches the package lists, unless it was done a short while ago."""
    marker = APT / "ready"
    if marker.exists() and time.time() - marker.stat().st_mtime < LISTS_LAST_SECONDS:
        return
    sources = _source_lines(*_find_archive())
    for folder in ("lists/partial", "archives/partial", "empty"):
        (APT / folder).mkdir(parents=True, exist_ok=True)
    (APT / "status").touch()
    (APT / "sources.list").write_text(sources)
    (APT / "preferences").write_text(PREFERENCES)
    (APT / "apt.conf").write_text(CONFIGURATION.format(apt=APT))
    process.run(
        ["apt-get", "-q", "--error-on=any", "update"], "fetching Debian's package lists", env=_environment()
    )
    marker.touch()


def download(packages):
    """Downloads packages (not their dependencies) and returns {name: path of the .deb}."""
    _prepare()
    ARCHIVES.mkdir(exist_ok=True)
    process.run(
        ["apt-get", "-q", "download", *packages],
        "downloading Debian packages",
        env=_environment(),
        cwd=ARCHIVES,
    )
    return {path.name.partition("_")[0]: path for path in sorted(ARCHIVES.glob("*.deb"))}


def candidate_version(package):
    """The version that download() would fetch, None when no source has the package."""
    _prepare()
    policy = process.run(["apt-cache", "policy", package], "looking up a Debian package", env=_environment())
    for line in policy.splitlines():
        if line.strip().startswith("Candidate:"):
            version = line.partition(":")[2].strip()
            return None if version == "(none)" else version
    return None


def missing(packages):
    """Those of these packages and of what they depend on that the machine lacks."""
    _prepare()
    plan = process.run(
        ["apt-get", "-q", "--simulate", "--no-install-recommends", *INSTALLED, "install", *packages],
        "planning Debian packages",
        env=_environment(),
    )
    return [line.split()[1] for line in plan.splitlines() if line.startswith("Inst ")]


def forget_downloads():
    for archive in ARCHIVES.glob("*.deb"):
        archive.unlink()


def unpack(archive, target, wanted=None):
    """Unpacks the members of a .deb for which wanted(path without leading ./) is true."""
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", archive], stdout=subprocess.PIPE) as stream:
        with tarfile.open(fileobj=stream.stdout, mode="r|") as members:
            for member in members:
                member.name = member.name.removeprefix("./")
                if member.name and (wanted is None or wanted(member.name)):
                    _extract(members, member, target)
    if stream.returncode:
        raise Failure(f"cannot unpack {archive.name}: delete .odoo/apt/archives and repeat")


def _extract(members, member, target):
    """Signed by Debian and unpacked under .odoo: the links inside stay as they are, only owners are dropped."""
    member.uid, member.gid, member.uname, member.gname = os.getuid(), os.getgid(), "", ""
    if hasattr(tarfile, "fully_trusted_filter"):
        members.extract(member, target, filter="fully_trusted")
    else:
        members.extract(member, target)
