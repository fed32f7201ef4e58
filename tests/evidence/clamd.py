"""A clamd of our own for tests: speaks INSTREAM on TCP, finds EICAR, and can be slow, mute or mad."""

from __future__ import annotations

import socket
import struct
import threading
import time

from tests.evidence.bad_files import EICAR


class FakeClamd:
    """behaviour: "" looks for EICAR; "mute" never answers; "mad" answers nonsense; "hang_up" closes at once."""

    def __init__(self, behaviour: str = "") -> None:
        self.behaviour = behaviour
        self.scanned: list[int] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._listening.getsockname()[1]}"

    def close(self) -> None:
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            if self.behaviour == "hang_up":
                return
            assert stream.read(10) == b"zINSTREAM\0"
            content = b""
            while length := struct.unpack("!L", stream.read(4))[0]:
                content += stream.read(length)
            self.scanned.append(len(content))
            if self.behaviour == "mute":
                time.sleep(5)
            elif self.behaviour == "mad":
                connection.sendall(b"INSTREAM size limit exceeded. ERROR\0")
            else:
                found = b"Eicar-Test-Signature FOUND" if EICAR in content else b"OK"
                connection.sendall(b"stream: " + found + b"\0")
