"""./run lint: every linter of the repository, each a hook of .pre-commit-config.yaml as well."""

import shutil
import subprocess
import time
from dataclasses import dataclass, field

from . import odoo_source, paths, process, python_environment, translations
from .console import Failure, say, step

NODE_MODULES = paths.ROOT / "node_modules"
NODE_PROGRAMS = NODE_MODULES / ".bin"
FORMATTED = ("addons/**/*.{js,xml,scss}", "*.{json,mjs,yml,yaml}", ".*.{json,yaml}")


@dataclass
class Check:
    """A linter; `fix` are the commands that repair what it reports, where it can."""

    name: str
    commands: list
    fix: list = field(default_factory=list)
    needs_node: bool = False


def prepare(names):
    """Installs what the named checks need, or all of them, and returns these checks."""
    unknown = sorted(set(names) - CHECKS.keys())
    if unknown:
        raise Failure(f"no check {', '.join(unknown)}; there are: {', '.join(CHECKS)}")
    python_environment.ensure_lint()
    checks = [make(name) for name, make in CHECKS.items() if not names or name in names]
    if any(check.needs_node for check in checks):
        _ensure_node_programs()
    return checks


def run(checks, fix):
    """Runs the checks; with `fix` repairs first what can be repaired."""
    if fix:
        for command in (command for check in checks for command in check.fix):
            _call(command)
    failed = [check.name for check in checks if not _passes(check)]
    if failed:
        raise Failure(f"lint: {', '.join(failed)} (./run lint --fix repairs what a program can repair)")


def _ruff(name):
    ruff = _program("ruff")
    return Check(
        name,
        [[ruff, "check", "--quiet"], [ruff, "format", "--check", "--diff", "--quiet"]],
        fix=[[ruff, "check", "--fix", "--quiet"], [ruff, "format", "--quiet"]],
    )


def _pylint(name):
    return Check(name, [[_program("pylint"), "--rcfile", "pyproject.toml", *_addon_folders()]])


def _oca_checks(name):
    command = [_program("oca-checks-odoo-module"), *_addon_folders()]
    return Check(name, [command], fix=[[*command, "--fix"]])


def _translations(name):
    """Well-formed and complete."""
    files = sorted(paths.ADDONS.glob("*/i18n/*.po"))
    folders = sorted(paths.ADDONS.glob("*/i18n"))
    complete = [_program("python"), translations.MERGE, "--check", *folders]
    return Check(name, [[_program("oca-checks-po"), *files], complete] if files else [])


def _licences(name):
    """Whether every addon's licence goes with those of what it depends on; for that it reads Odoo's manifests."""
    odoo_addons = ",".join(str(folder) for folder in odoo_source.find().addons)
    command = [
        *(_program("manifestoo"), "--no-addons-path-from-import-odoo", "--select-addons-dir", paths.ADDONS),
        *("--addons-path", odoo_addons, "--odoo-series", odoo_source.SERIES, "check-licenses"),
    ]
    return Check(name, [command])


def _prettier(name):
    prettier = [NODE_PROGRAMS / "prettier", "--log-level", "warn", "--no-error-on-unmatched-pattern"]
    return Check(
        name, [[*prettier, "--check", *FORMATTED]], fix=[[*prettier, "--write", *FORMATTED]], needs_node=True
    )


def _eslint(name):
    eslint = [NODE_PROGRAMS / "eslint", "--no-error-on-unmatched-pattern", "--max-warnings", "0"]
    files = ["addons", "eslint.config.mjs"]
    return Check(name, [[*eslint, *files]], fix=[[*eslint, "--fix", *files]], needs_node=True)


def _compose(name):
    """Only where docker has compose; elsewhere prettier at least reads the file."""
    has_compose = bool(shutil.which("docker")) and not _call(["docker", "compose", "version"]).returncode
    return Check(name, [["docker", "compose", "config", "--quiet"]] if has_compose else [])


# In the order in which they run: those first that find most.
CHECKS = {
    "ruff": _ruff,
    "pylint": _pylint,
    "oca-checks": _oca_checks,
    "translations": _translations,
    "licences": _licences,
    "prettier": _prettier,
    "eslint": _eslint,
    "compose": _compose,
}


def _passes(check):
    started = time.monotonic()
    results = [_call(command) for command in check.commands]
    passed = all(not result.returncode for result in results)
    for result in results:
        if result.returncode:
            say(result.stdout.rstrip())
    say(f"    {'passed' if passed else 'FAILED'}  {check.name} in {time.monotonic() - started:.1f} s")
    return passed


def _call(command):
    return subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd=paths.ROOT,
        check=False,
    )


def _program(name):
    return python_environment.LINT.program(name)


def _addon_folders():
    return [manifest.parent for manifest in sorted(paths.ADDONS.glob("*/__manifest__.py"))]


def _ensure_node_programs():
    """prettier and eslint, exactly as package-lock.json names them."""
    marker = NODE_MODULES / ".ready"
    locked = (paths.ROOT / "package-lock.json").read_text()
    if marker.exists() and marker.read_text() == locked:
        return
    if not shutil.which("npm"):
        raise Failure("npm is not installed, and prettier and eslint need it (Debian: apt-get install npm)")
    with step("installing prettier and eslint", "5 to 20 s"):
        process.run(["npm", "ci", "--no-audit", "--no-fund"], "npm ci", cwd=paths.ROOT)
        marker.write_text(locked)
