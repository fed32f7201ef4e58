"""Looks at one file of evidence in a process of its own: bytes on stdin, one line of JSON and the copies on stdout."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from katingan_portal.spreadsheets.confined import confine

# The largest photo allowed (50 million points) takes 150 MB as three bytes a point, and a decoder holds it twice.
MEMORY_MIB = 1024


def main() -> None:
    confine(MEMORY_MIB)
    from reporting.submissions.evidence.kinds import Unacceptable

    asked = json.loads(sys.stdin.buffer.readline())
    content = sys.stdin.buffer.read()
    try:
        answer, copy, thumb = look_at(content, asked["max_pixels"])
    except Unacceptable as refusal:
        answer, copy, thumb = {"refused": str(refusal)}, b"", b""
    answer["sizes"] = [len(copy), len(thumb)]
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + copy + thumb)


def look_at(content: bytes, max_pixels: int) -> tuple[dict[str, Any], bytes, bytes]:
    """(what was found, the JPEG copy, the thumbnail); no copies for documents. Raises Unacceptable."""
    from reporting.submissions.evidence.documents import check_pdf, office_kind
    from reporting.submissions.evidence.kinds import kind_of

    kind = kind_of(content)
    if kind == "pdf":
        check_pdf(content)
        return {"kind": kind}, b"", b""
    if kind == "zip":
        return {"kind": office_kind(content)}, b"", b""
    from reporting.submissions.evidence.images import read_photo

    found = asdict(read_photo(content, kind, max_pixels))
    copy, thumb = found.pop("copy"), found.pop("thumb")
    return {"kind": kind, **found}, copy, thumb
