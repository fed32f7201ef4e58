"""A mail relay that takes everything as fast as it can, in a process of its own: `python -m benchmarks.relay`.

Prints its port. Only the commands that the portal uses; nothing is kept.
"""

from __future__ import annotations

import asyncio


class Taker(asyncio.Protocol):
    def __init__(self) -> None:
        self.waiting = b""
        self.in_letter = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(b"220 relay\r\n")

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while b"\r\n" in self.waiting:
            if self.in_letter:
                end = self.waiting.find(b"\r\n.\r\n")
                if end < 0:
                    return
                self.waiting, self.in_letter = self.waiting[end + 5 :], False
                self.transport.write(b"250 taken\r\n")
            else:
                line, _, self.waiting = self.waiting.partition(b"\r\n")
                self._answer(line[:4].upper())

    def _answer(self, command: bytes) -> None:
        if command == b"DATA":
            self.in_letter = True
            self.transport.write(b"354 go on\r\n")
        elif command == b"QUIT":
            self.transport.write(b"221 bye\r\n")
            self.transport.close()
        else:
            self.transport.write(b"250 relay\r\n")


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Taker, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
