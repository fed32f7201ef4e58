"""A server that speaks the contract of Meta's Cloud API, as far as sending goes, and behaves as it is told to."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN, PHONE_NUMBER_ID = "EAAG-token", "106540352242922"


def error(code: int, message: str = "(#{}) Something", details: str = "") -> dict[str, Any]:
    data = {"messaging_product": "whatsapp", "details": details}
    return {
        "error": {
            "message": message.format(code),
            "type": "OAuthException",
            "code": code,
            "error_data": data,
            "fbtrace_id": "A1b2",
        }
    }


@dataclass
class Answer:
    """What the server does with one POST. act: "answer", "hang" (says nothing), "drop" (reads, then cuts)."""

    status: int = 200
    body: dict[str, Any] | str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    act: str = "answer"


class Graph:
    """`requests` is what arrived with a good token; `answer` what to do next time."""

    def __init__(self) -> None:
        self.answer: Callable[[dict[str, Any]], Answer] = lambda body: Answer()
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> Graph:
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        graph = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.headers["Authorization"] != f"Bearer {TOKEN}":
                    return self._say(Answer(401, error(190, "Error validating access token")))
                graph.requests.append((self.path, body))
                answer = graph.answer(body)
                if answer.act == "hang":
                    time.sleep(3)
                elif answer.act == "drop":
                    # A reset instead of a polite end, as when a line breaks.
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.connection.close()
                else:
                    self._say(answer, accepted(body))
                return None

            def _say(self, answer: Answer, otherwise: dict[str, Any] | None = None) -> None:
                said = otherwise if answer.body is None else answer.body
                content = (said if isinstance(said, str) else json.dumps(said)).encode()
                self.send_response(answer.status)
                self.send_header("Content-Type", "application/json; charset=UTF-8")
                self.send_header("Content-Length", str(len(content)))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: object) -> None:
                pass

            def finish(self) -> None:
                with suppress(OSError, ValueError):
                    super().finish()

        return Handler


def accepted(body: dict[str, Any]) -> dict[str, Any]:
    number = body["to"]
    return {
        "messaging_product": "whatsapp",
        "contacts": [{"input": number, "wa_id": number}],
        "messages": [{"id": f"wamid.{number}", "message_status": "accepted"}],
    }
