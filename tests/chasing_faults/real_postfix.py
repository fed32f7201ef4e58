"""Debian's Postfix in place of the misbehaving relay, its log as the portal's oracle: `make chaos ARGS=--postfix`.

An instance of its own in a folder of its own, on a free port; needs the package `postfix` and root, which Postfix
needs. Everything it takes ends in one Maildir, so what really arrived is counted from there and not from its log.
"""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections import Counter
from contextlib import suppress
from email import message_from_bytes
from pathlib import Path

from tests.outbox.sink import free_port

MAIN = """compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = {programs}
maillog_file = {log}
maillog_file_prefixes = {folder}
myhostname = relay.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
virtual_mailbox_domains = regexp:{folder}/every
virtual_mailbox_maps = regexp:{folder}/every
virtual_mailbox_base = {folder}/mail
virtual_uid_maps = static:{user}
virtual_gid_maps = static:{group}
smtpd_recipient_restrictions = permit_mynetworks, reject
"""
MASTER = """127.0.0.1:{port} inet n - n - - smtpd
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
proxymap  unix  - - n - - proxymap
error     unix  - - n - - error
retry     unix  - - n - - error
virtual   unix  - n n - - virtual
showq     unix  n - n - - showq
anvil     unix  - - n - 1 anvil
postlog   unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """The face of `Sink`: port, log, oracle, open, close, accepted. Its letters are never refused."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        self.log = folder / "mail.log"
        self.oracle = f"postfix {self.log}"
        for name in ("queue", "data", "mail", "etc"):
            (folder / name).mkdir(parents=True)
        folder.chmod(0o755)
        shutil.chown(folder / "data", "postfix")
        shutil.chown(folder / "mail", "nobody")
        programs = _postconf("daemon_directory")
        values = {
            "folder": folder, "programs": programs, "log": self.log, "port": self.port,
            "user": pwd.getpwnam("nobody").pw_uid, "group": grp.getgrnam("nogroup").gr_gid,
        }  # fmt: skip
        (folder / "every").write_text("/./ everyone/\n")
        (folder / "etc" / "main.cf").write_text(MAIN.format(**values))
        (folder / "etc" / "master.cf").write_text(MASTER.format(**values))

    def __enter__(self) -> Postfix:
        self.open()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def open(self) -> None:
        self._say("start")

    def close(self) -> None:
        """Letters that are being delivered are finished first; connections are cut."""
        self._say("stop")

    def kill(self) -> None:
        """SIGKILL to the master and everything it started, in the middle of whatever they do."""
        master = int((self.folder / "queue" / "pid" / "master.pid").read_text())
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        for pid in [master, *map(int, children)]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while Path(f"/proc/{master}").exists():
            time.sleep(0.01)

    @property
    def accepted(self) -> Counter[str]:
        """{Message-ID: how many letters with it lie in the Maildir}, once nothing is left in Postfix's queue."""
        while any(_is_whole(path) for name in ("incoming", "active", "deferred") for path in self._queue(name)):
            time.sleep(0.2)
        letters = (self.folder / "mail" / "everyone" / "new").iterdir()
        return Counter(message_from_bytes(path.read_bytes())["Message-ID"] for path in letters)

    def _queue(self, name: str) -> list[Path]:
        return list((self.folder / "queue" / name).rglob("*"))

    def _say(self, verb: str) -> None:
        command = ["postfix", "-c", str(self.folder / "etc"), verb]
        # Django's zone is not the machine's, in which a Postfix writes its log.
        environment = {name: value for name, value in os.environ.items() if name != "TZ"}
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, env=environment)


def _is_whole(path: Path) -> bool:
    """`cleanup` makes a queue file executable once the letter is complete; what it left unfinished stays for days."""
    try:
        return path.is_file() and bool(path.stat().st_mode & 0o100)
    except FileNotFoundError:
        return False


def _postconf(name: str) -> str:
    done = subprocess.run(["postconf", "-dh", name], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()
