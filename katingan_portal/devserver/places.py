"""Where a clone keeps its state, and the environment that its processes run in."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from katingan_portal.devserver.console import CannotGoOn

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {"SECRET_KEY": 48, "VALKEY_PASSWORD": 24}  # bytes of chance
MARK = "PORTAL_CLONE"  # in the environment of every process we start, so that leftovers can be found


@dataclass(frozen=True)
class Places:
    """One set of servers: the portal's own, or the tests'."""

    state: Path
    name: str

    @property
    def mark(self) -> str:
        return hashlib.sha256(f"{self.state}".encode()).hexdigest()[:12]

    @property
    def sockets(self) -> Path:
        """A short directory for the socket: its whole path may have 107 characters, and a clone's may be longer."""
        return Path("/tmp") / f"katingan-{self.mark}"  # the name is ours alone; its owner is checked

    @property
    def database(self) -> str:
        return f"portal_{self.name}"

    def folder(self, name: str) -> Path:
        path = self.state / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def database_url(self, role: str, database: str | None = None) -> str:
        return f"postgresql://{role}@{quote(str(self.sockets), safe='')}/{database or self.database}"

    def remembered(self) -> dict[str, str]:
        """Secrets and ports that stay the same from start to start."""
        path = self.folder("run") / "settings.json"
        stored = _stored(path)
        missing = {key: length for key, length in SECRETS.items() if key not in stored}
        if missing:
            stored |= {key: secrets.token_urlsafe(length) for key, length in missing.items()}
            replace(path, json.dumps(stored))
        return stored

    def environment(self, *, valkey_port: int, mail_port: int, address: str) -> dict[str, str]:
        stored = self.remembered()
        return {
            **os.environ,
            MARK: self.mark,
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "katingan_portal.settings",
            "SECRET_KEY": stored["SECRET_KEY"],
            "DATABASE_URL": self.database_url("portal_web"),
            "DATABASE_WORKER_URL": self.database_url("portal_worker"),
            "DATABASE_OWNER_URL": self.database_url("portal_owner"),
            "REDIS_URL": f"redis://:{stored['VALKEY_PASSWORD']}@127.0.0.1:{valkey_port}/0",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(mail_port),
            "PORTAL_STATE_DIR": str(self.state),
            "PORTAL_BASE_URL": address,
            "PORTAL_DEVELOPMENT": "1",
        }


PORTAL = Places(ROOT / "var", "run")
TESTS = Places(ROOT / "var" / "test", "template")
BENCH = Places(ROOT / "var" / "bench", "bench")


def replace(path: Path, text: str) -> None:
    """Write a private file whole or not at all: a full disk or a kill leaves the old one."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.touch(mode=stat.S_IRUSR | stat.S_IWUSR)
    try:
        partial.write_text(text)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _stored(path: Path) -> dict[str, str]:
    """What was remembered; nothing when the file is missing or an earlier start could not write it whole."""
    try:
        found: dict[str, str] = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found


def own_folder(path: Path, owner: int) -> None:
    """A private folder of `owner`; refuses one that somebody else made at the same place."""
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (owner, os.geteuid()):
        raise CannotGoOn(f"{path} belongs to somebody else. Remove it and try again.")
    if found.st_uid != owner:
        os.chown(path, owner, -1)
    path.chmod(0o700)
