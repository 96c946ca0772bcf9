"""The pages that lie beside the addons, for the tests that keep them true."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"
# A wheel comes without the pages, and so does an addon that was copied elsewhere.
ARE_THERE = (ROOT / "tools" / "run").is_dir()
WHY_SKIPPED = f"the pages are not beside the addon: {ROOT} is not its repository"


def read(name):
    return (DOCS / name).read_text(encoding="utf-8")


def rows(text, first_title):
    """Rows of the markdown tables whose first column has this title, each as ``{title: cell}``."""
    found, titles = [], None
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else None
        if not cells:
            titles = None
        elif titles is None:
            titles = cells
        elif titles[0] == first_title and not line.startswith("|--"):
            found.append(dict(zip(titles, cells, strict=True)))
    return found
