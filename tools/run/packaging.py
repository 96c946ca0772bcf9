"""./run build: a wheel of each addon, for people who pip-install into their own Odoo 19."""

from . import manifests, paths, python_environment
from .console import Failure, step

WHEELS = paths.ROOT / "dist"


def build(addons):
    """Packages what git knows of each addon; without names, of all."""
    for addon in addons or manifests.read_all():
        folder = paths.ADDONS / addon
        if not (folder / "pyproject.toml").exists():
            raise Failure(f"addons/{addon} has no pyproject.toml: copy the one of addons/retail_crm")
        with step(f"building a wheel of {addon}", "2 s"):
            python_environment.build_wheel(folder, WHEELS)
