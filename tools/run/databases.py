"""Databases: templates with Odoo's own modules installed, and clones of them that cost a second.

A template is named by a hash of what went into it, so it is never stale: other dependencies, another template."""

import hashlib
import json
import os
import re
import secrets
import shutil

from . import inside_odoo, locks, paths
from .console import Failure, say, step

# The first becomes the language of the database and its users; without English there would be no English at all.
LANGUAGES = ("en_US", "zh_CN")
PREFIX = "template_"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


class Databases:
    """Creates, copies and drops databases together with their folder of attachments."""

    def __init__(self, odoo):
        self.odoo = odoo

    def exists(self, name):
        return bool(self.odoo.sql(f"SELECT 1 FROM pg_database WHERE datname = '{_checked(name)}'"))

    def drop(self, name):
        self.odoo.sql(f'DROP DATABASE IF EXISTS "{_checked(name)}" WITH (FORCE)')
        shutil.rmtree(paths.FILESTORE / name, ignore_errors=True)

    def copy(self, source, target):
        """The attachments are hard-linked: Odoo names them by content and never writes into one."""
        self.odoo.sql(f'CREATE DATABASE "{_checked(target)}" TEMPLATE "{_checked(source)}"')
        shutil.rmtree(paths.FILESTORE / target, ignore_errors=True)
        if (paths.FILESTORE / source).exists():
            shutil.copytree(paths.FILESTORE / source, paths.FILESTORE / target, copy_function=os.link)

    def rename(self, source, target):
        self.odoo.sql(f'ALTER DATABASE "{_checked(source)}" RENAME TO "{_checked(target)}"')
        if (paths.FILESTORE / source).exists():
            shutil.rmtree(paths.FILESTORE / target, ignore_errors=True)
            (paths.FILESTORE / source).rename(paths.FILESTORE / target)

    def installed_addons(self, name):
        rows = self.odoo.sql("SELECT name FROM ir_module_module WHERE state = 'installed'", _checked(name))
        return {addon for (addon,) in rows}

    def clone_for(self, modules, name=None):
        """A fresh database with these Odoo modules installed; returns its name."""
        name = name or unique_name("work")
        template = self.ensure_template(modules)
        if self.exists(name):
            raise Failure(
                f"the database {name} exists already: drop it with ./run drop {name} or choose another name"
            )
        with locks.exclusive(_lock_of(template), f"copying {template}"):
            self.copy(template, name)
        return name

    def ensure_template(self, modules):
        """The template with exactly these modules and what they depend on; returns its name."""
        name = self._template_name(modules)
        if not self.exists(name):
            with locks.exclusive(_lock_of(name), f"building the template database {name}"):
                if not self.exists(name):
                    self._build_template(name, modules)
        return name

    def _template_name(self, modules):
        ingredients = [self.odoo.source.fingerprint, sorted(modules), LANGUAGES]
        return PREFIX + hashlib.sha256(json.dumps(ingredients).encode()).hexdigest()[:12]

    def _build_template(self, name, modules):
        """Our own addons stay off the addons path: one that installs itself would end up in the template."""
        base = self._largest_base(modules)
        added = sorted(set(modules) - set(base["modules"] if base else []))
        unfinished = f"{name}_unfinished"
        usually = "1 to 2 minutes" if base else "2 to 4 minutes"
        with step(f"building a template database with {', '.join(added)}", usually):
            self.drop(unfinished)
            if base:
                with locks.exclusive(_lock_of(base["name"]), f"copying {base['name']}"):
                    self.copy(base["name"], unfinished)
            self.odoo.install(
                unfinished,
                f"building the template database {name}",
                *["-i", ",".join(added), "--load-language", ",".join(LANGUAGES)],
                *["--addons-path", self.odoo.addons_path()],
            )
            self.odoo.call(
                unfinished, inside_odoo.pregenerate_assets, "generating the assets of the web client"
            )
            self.rename(unfinished, name)
            self._remember(name, modules)

    def _remember(self, name, modules):
        note = json.dumps({"fingerprint": self.odoo.source.fingerprint, "modules": sorted(modules)})
        self.odoo.sql(f"COMMENT ON DATABASE \"{name}\" IS '{note}'")

    def _largest_base(self, modules):
        """The template to start from: the largest one whose modules are all wanted."""
        bases = []
        for name, note in self.odoo.sql(
            f"SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database"
            f" WHERE datname ~ '^{PREFIX}[0-9a-f]+$' AND shobj_description(oid, 'pg_database') IS NOT NULL"
        ):
            found = json.loads(note)
            if found["fingerprint"] == self.odoo.source.fingerprint and set(found["modules"]) < set(modules):
                bases.append({"name": name, "modules": found["modules"]})
        return max(bases, key=lambda base: len(base["modules"]), default=None)

    def drop_abandoned(self):
        """Drops what interrupted test runs left behind: their databases carry the id of a process that is gone."""
        for (name,) in self.odoo.sql("SELECT datname FROM pg_database"):
            owner = re.fullmatch(r"[a-z]+_p(\d+)_[0-9a-f]+", name)
            if owner and not os.path.exists(f"/proc/{owner.group(1)}"):
                say(f"    dropping {name}, left behind by an interrupted command")
                self.drop(name)


def unique_name(purpose):
    """A name for a database that lives no longer than this process."""
    return f"{purpose}_p{os.getpid()}_{secrets.token_hex(3)}"


def _lock_of(template):
    """PostgreSQL refuses to copy a database while another copy of it is made through a connection to it."""
    return paths.STATE / "locks" / template


def _checked(name):
    if not NAME.fullmatch(name):
        raise Failure(f"{name!r} is no name for a database: letters, digits, - and _ only")
    return name
