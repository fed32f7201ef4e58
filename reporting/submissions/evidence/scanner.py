"""Ask clamd about a file, over TCP or a Unix socket. The packages for this are GPL or untouched since 2014."""

from __future__ import annotations

import socket
import struct
import time

CHUNK = 64 * 1024
CONNECT_SECONDS = 5.0
ANSWER_LIMIT = 4096


class ScannerUnavailable(Exception):
    """No verdict: clamd is not there, too slow, or refuses the file. The message is for operators."""


def virus_in(content: bytes, address: str, *, seconds: float = 60.0) -> str:
    """The name of the virus that clamd finds, "" for none.

    address: "host:port" or the path of a Unix socket. seconds: for everything together. Raises ScannerUnavailable.
    """
    deadline = time.monotonic() + seconds
    try:
        with _connected(address, min(CONNECT_SECONDS, seconds)) as connection:
            _send(connection, b"zINSTREAM\0", deadline)
            for start in range(0, len(content), CHUNK):
                chunk = content[start : start + CHUNK]
                _send(connection, struct.pack("!L", len(chunk)) + chunk, deadline)
            _send(connection, struct.pack("!L", 0), deadline)
            return _verdict(_answer(connection, deadline))
    except (OSError, ValueError) as error:
        raise ScannerUnavailable(f"{type(error).__name__}: {error}") from error


def _connected(address: str, seconds: float) -> socket.socket:
    if not address.startswith("/"):
        host, _, port = address.rpartition(":")
        return socket.create_connection((host, int(port)), timeout=seconds)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(seconds)
    try:
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection


def _send(connection: socket.socket, data: bytes, deadline: float) -> None:
    connection.settimeout(_left(deadline))
    connection.sendall(data)


def _answer(connection: socket.socket, deadline: float) -> str:
    received = b""
    while b"\0" not in received and len(received) < ANSWER_LIMIT:
        connection.settimeout(_left(deadline))
        part = connection.recv(1024)
        if not part:
            break
        received += part
    return received.partition(b"\0")[0].decode("utf-8", "replace").strip()


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("clamd takes too long")
    return left


def _verdict(answer: str) -> str:
    if answer == "stream: OK":
        return ""
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        return answer.removeprefix("stream: ").removesuffix(" FOUND").strip()[:200] or "tanpa nama"
    raise ScannerUnavailable(f"unexpected answer: {answer[:200]!r}")
