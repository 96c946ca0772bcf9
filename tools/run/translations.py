"""./run i18n: the .pot files anew from what the addons say now, and the translations brought into line with them."""

from pathlib import Path

from . import databases, manifests, paths, process
from .console import Failure, say, step

MERGE = Path(__file__).with_name("merge_translations.py")


def export(odoo, addons):
    """Exports from a fresh database, since a used one may hold terms that the code no longer has."""
    all_manifests = manifests.read_all()
    chosen = sorted(addons) or sorted(all_manifests)
    if unknown := sorted(set(chosen) - all_manifests.keys()):
        raise Failure(f"no addon {', '.join(unknown)} in addons/")
    store = databases.Databases(odoo)
    database = store.clone_for(
        manifests.foreign_dependencies(chosen, all_manifests), databases.unique_name("terms")
    )
    try:
        with step(f"installing {', '.join(chosen)}", "10 to 60 s"):
            odoo.install(database, "installing the addons to export their terms", "-i", ",".join(chosen))
        with step("exporting their terms", "5 s"):
            for addon in chosen:
                (paths.ADDONS / addon / "i18n").mkdir(exist_ok=True)
            odoo.build("exporting terms", "i18n", "export", "-d", database, *chosen)
    finally:
        store.drop(database)
    return _merge(odoo, chosen)


def _merge(odoo, addons):
    folders = [paths.ADDONS / addon / "i18n" for addon in addons]
    report = process.run([odoo.python_environment.python, MERGE, *folders], "merging translations")
    say(report.rstrip())
