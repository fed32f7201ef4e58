"""A mailbox for trying things out: takes every message over SMTP, keeps it as a file, and shows it on a small page.

`python -m katingan_portal.devserver.mailcatcher <folder> <smtp port> <http port>`; loopback only.
"""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Iterable
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

PAGE = """<!doctype html><html lang="id"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Kotak surat percobaan</title><style>body{{font:16px/1.5 sans-serif;max-width:50rem;margin:2rem auto}}
li{{margin:.6rem 0}}pre{{white-space:pre-wrap;background:#f4f6f6;padding:1rem}}small{{color:#555}}</style>
<h1>Kotak surat percobaan</h1>{body}</html>"""


class Keeper:
    """Keeps what SMTP accepted: the answer 250 comes only after the file is safe on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        keep(self.folder, envelope.content or b"", envelope.rcpt_tos)  # type: ignore[arg-type]
        return "250 OK"


def keep(folder: Path, content: bytes, recipients: Iterable[str]) -> Path:
    """Write to a temporary file, flush to disk, then give it its name."""
    name = f"{datetime.now():%Y%m%d-%H%M%S-%f}-{uuid.uuid4().hex[:8]}"  # noqa: DTZ005  (a name that sorts)
    partial = folder / f".{name}"
    with partial.open("wb") as file:
        file.write(f"X-RcptTo: {', '.join(recipients)}\r\n".encode() + content)
        file.flush()
        os.fsync(file.fileno())
    return partial.rename(folder / f"{name}.eml")


def list_page(folder: Path) -> str:
    mails = sorted(folder.glob("*.eml"), reverse=True)
    rows = "".join(_row(path, read(path)) for path in mails[:200])
    return PAGE.format(body=f"<p>{len(mails)} pesan</p><ul>{rows or '<li>Belum ada pesan.</li>'}</ul>")


def message_page(folder: Path, name: str) -> str | None:
    path = folder / name
    if path.parent != folder or path.suffix != ".eml" or not path.is_file():
        return None
    mail = read(path)
    part = mail.get_body(("plain", "html"))
    heads = "".join(
        f"<small>{key}: {escape(str(mail[key]))}</small><br>" for key in ("From", "To", "Date", "Message-ID")
    )
    text = part.get_content() if part else ""
    return PAGE.format(body=f'<p><a href="/">Semua pesan</a></p><h2>{escape(str(mail["Subject"]))}</h2>{heads}'
                       f"<pre>{escape(text)}</pre>")  # fmt: skip


def read(path: Path) -> EmailMessage:
    with path.open("rb") as file:
        return BytesParser(policy=policy.default).parse(file)


def _row(path: Path, mail: EmailMessage) -> str:
    return f'<li><a href="/{path.name}">{escape(str(mail["Subject"]))}</a><br><small>{escape(str(mail["To"]))} · {escape(str(mail["Date"]))}</small></li>'  # noqa: E501


def viewer(folder: Path) -> type[BaseHTTPRequestHandler]:
    class Viewer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = list_page(folder) if self.path == "/" else message_page(folder, self.path[1:])
            self.send_response(200 if page else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write((page or "Tidak ada.").encode())

        def log_message(self, format: str, *args: Any) -> None:
            return None

    return Viewer


def serve(folder: Path, smtp_port: int, http_port: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    smtp = Controller(Keeper(folder), hostname="127.0.0.1", port=smtp_port)
    smtp.start()
    ThreadingHTTPServer(("127.0.0.1", http_port), viewer(folder)).serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
