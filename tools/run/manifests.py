"""What the addons of this repository say about themselves in their manifests."""

import ast
import hashlib

from . import paths
from .console import Failure

UNINSTALLED = {"tests", "__pycache__", ".hypothesis", "readme"}


def read_all(folder=None):
    """{addon: manifest} of all installable addons."""
    manifests = {}
    for path in sorted((folder or paths.ADDONS).glob("*/__manifest__.py")):
        try:
            manifest = ast.literal_eval(path.read_text())
        except (SyntaxError, ValueError) as error:
            raise Failure(f"{path.parent.name}/{path.name} is no manifest: {error}") from error
        if manifest.get("installable", True):
            manifests[path.parent.name] = manifest
    return manifests


def own_dependencies(addons, manifests):
    """The given addons and those of this repository that they need, in alphabetical order."""
    found, waiting = set(), list(addons)
    while waiting:
        addon = waiting.pop()
        if addon in manifests and addon not in found:
            found.add(addon)
            waiting.extend(manifests[addon].get("depends", []))
    return sorted(found)


def foreign_dependencies(addons, manifests):
    """Odoo's modules that the given addons need, directly or through each other, in alphabetical order."""
    needed = {
        dependency
        for addon in own_dependencies(addons, manifests)
        for dependency in manifests[addon].get("depends", [])
    }
    return sorted(needed - manifests.keys())


def fingerprint(addons):
    """Changes with the addons' code and data; not with their tests."""
    contents = hashlib.sha256()
    for addon in addons:
        for path in sorted((paths.ADDONS / addon).rglob("*")):
            if path.is_file() and not UNINSTALLED.intersection(path.parts):
                contents.update(str(path.relative_to(paths.ADDONS)).encode() + path.read_bytes())
    return contents.hexdigest()
