"""Brings translations into line with their .pot file and reports what is missing.

A program of its own, since it needs polib:

    merge_translations.py [--check] FOLDER...     # FOLDER is the i18n folder of an addon

With --check it writes nothing and fails when a term is not translated, or differs from the .pot file."""

import argparse
import sys
from pathlib import Path

import polib

LANGUAGES = ("zh_CN",)
# These change with every export, whatever the terms.
VOLATILE = ("POT-Creation-Date", "PO-Revision-Date")


def merge(folder, language):
    """Keeps every translation whose term is still there, drops the others; returns the translation file."""
    template = polib.pofile(str(next(folder.glob("*.pot"))), wrapwidth=78)
    path = folder / f"{language}.po"
    known = polib.pofile(str(path), wrapwidth=78) if path.exists() else polib.POFile(wrapwidth=78)
    translated = {(entry.msgctxt, entry.msgid): entry for entry in known if not entry.obsolete}
    merged = polib.POFile(wrapwidth=78)
    merged.metadata = {**template.metadata, "Language": language, "Plural-Forms": "nplurals=1; plural=0;"}
    for entry in template:
        former = translated.get((entry.msgctxt, entry.msgid))
        if former:
            entry.msgstr = former.msgstr
            entry.tcomment = former.tcomment
        merged.append(entry)
    merged.fpath = str(path)
    return merged, known


def without_dates(path):
    """Sets the dates of a file to nothing, so that an export of the same terms changes nothing."""
    catalogue = polib.pofile(str(path), wrapwidth=78)
    for name in VOLATILE:
        catalogue.metadata.pop(name, None)
    catalogue.save(str(path), newline="\n")


def untranslated(catalogue):
    return [entry.msgid for entry in catalogue if not entry.msgstr or "fuzzy" in entry.flags]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("folders", nargs="+", type=Path)
    options = parser.parse_args()
    complaints = 0
    for folder in options.folders:
        for template in [] if options.check else folder.glob("*.pot"):
            without_dates(template)
        if any(folder.glob("*.pot")):
            complaints += sum(_treat(folder, language, options.check) for language in LANGUAGES)
    return 1 if options.check and complaints else 0


def _treat(folder, language, only_check):
    """Merges or checks one language; prints and returns how much there is to do."""
    merged, known = merge(folder, language)
    missing = untranslated(merged)
    gone = {entry.msgid for entry in known} - {entry.msgid for entry in merged}
    if not only_check:
        merged.save(newline="\n")
        gone = set()
    name = f"{folder.parent.name} {language}"
    print(
        f"{name}: {len(merged)} terms, {len(missing)} not translated"
        + (f", {len(gone)} gone" if gone else "")
    )
    for term in missing:
        print(f"    {term!r}")
    return len(missing) + len(gone)


if __name__ == "__main__":
    sys.exit(main())
