"""An SMTP server that behaves as badly as it is told to, and remembers what it accepted.

The script is a function from (recipient, how many times seen) to one of ACTIONS. What it accepts is written to a log
before it answers, as a relay does; `accepted(message_id)` on that log is the oracle of the tests.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from email import message_from_bytes
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

ACTIONS = {
    "accept",
    "421 at MAIL",
    "451 at RCPT",
    "550 at RCPT",
    "554 relay denied at RCPT",
    "452 full at RCPT",
    "hang at RCPT",
    "drop at RCPT",
    "451 after dot",
    "452 full after dot",
    "554 after dot",
    "accept, then drop",
    "accept, then hang",
    "discard, then drop",
}
FULL = "452 4.3.1 Insufficient system storage"
logging.getLogger("mail.log").setLevel(logging.WARNING)
Script = Callable[[str, int], str]


def always(action: str) -> Script:
    return lambda recipient, times: action


def first(action: str, then: str = "accept") -> Script:
    """`action` for the first try of each recipient, `then` for the others."""
    return lambda recipient, times: action if times == 1 else then


def free_port() -> int:
    """The controller knocks at its own port to see whether it is open, so 0 will not do."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Sink:
    """tls: "implicit" or "starttls" with the server's context; "" is plain."""

    def __init__(
        self,
        log: Path,
        *,
        port: int = 0,
        hang_for: float = 30.0,
        slowness: float = 0.0,
        tls: str = "",
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.log = log
        self.oracle = str(log)
        self.log.touch()
        self.script: Script = always("accept")
        self.hang_for = hang_for
        self.slowness = slowness
        self.letters: list[bytes] = []
        self.seen: Counter[str] = Counter()
        self.port = port or free_port()
        contexts = {
            "implicit": {"ssl_context": context},
            "starttls": {"tls_context": context, "require_starttls": True},
        }
        self.tls = contexts.get(tls, {})
        self.controller: Controller | None = None

    def __enter__(self) -> Sink:
        self.open()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def open(self) -> None:
        """Answer at the port, again if it was closed meanwhile."""
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port, **self.tls)
        self.controller.start()

    def close(self) -> None:
        if self.controller:
            self.controller.stop()
        self.controller = None

    @property
    def accepted(self) -> Counter[str]:
        return Counter(self.log.read_text().split("\n")[:-1])

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        # Who is meant is known at RCPT only, so a script for MAIL speaks about everybody.
        if self.script("", 0) == "421 at MAIL":
            return "421 4.3.2 closing down"
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.seen[address] += 1
        session.action = self.script(address, self.seen[address])
        assert session.action in ACTIONS
        if session.action == "hang at RCPT":
            await asyncio.sleep(self.hang_for)
        if session.action == "drop at RCPT":
            server.transport.abort()
        if session.action == "451 at RCPT":
            return "451 4.7.1 greylisted, come back later"
        if session.action == "452 full at RCPT":
            return FULL
        if session.action == "550 at RCPT":
            return "550 5.1.1 no such mailbox"
        if session.action == "554 relay denied at RCPT":
            return "554 5.7.1 Relay access denied"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self.slowness)
        if session.action == "451 after dot":
            return "451 4.3.0 try later"
        if session.action == "452 full after dot":
            return FULL
        if session.action == "554 after dot":
            return "554 5.7.1 looks like spam"
        if session.action != "discard, then drop":
            self._accept(envelope.content)
        if session.action.endswith("then drop"):
            server.transport.abort()
        if session.action.endswith("then hang"):
            await asyncio.sleep(self.hang_for)
        return "250 2.0.0 queued"

    def _accept(self, content: bytes) -> None:
        self.letters.append(content)
        with self.log.open("a") as log:
            log.write(message_from_bytes(content)["Message-ID"] + "\n")


def oracle_of(log: Path) -> Callable[[str, datetime], bool | None]:
    return lambda message_id, since: message_id in log.read_text().split("\n")
