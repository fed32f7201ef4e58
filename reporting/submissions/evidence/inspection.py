"""What an uploaded file is, asked of the inspector in its own process; and names that are safe to show and to send."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from katingan_portal.spreadsheets import confined
from katingan_portal.spreadsheets.reading import shown_name
from reporting.submissions.evidence.kinds import Unacceptable

INSPECTOR = "reporting.submissions.evidence.inspector_process"
BEYOND_LIMITS = "Berkas ini terlalu besar atau terlalu rumit untuk diperiksa; simpan ulang dengan ukuran lebih kecil."
# Each may take up to a gibibyte, so that a web process holds two at most and others wait.
_AT_ONCE = threading.BoundedSemaphore(2)
RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10))}


@dataclass(frozen=True)
class Inspected:
    """A file that passed. copy, thumb: JPEG without metadata, empty for documents. taken: as the camera wrote it."""

    kind: str
    copy: bytes = b""
    thumb: bytes = b""
    width: int | None = None
    height: int | None = None
    taken: str = ""
    offset: str = ""
    latitude: float | None = None
    longitude: float | None = None
    camera: str = ""
    likeness: str = ""


def inspect(content: bytes, name: str) -> Inspected:
    """Raises Unacceptable with one sentence that names the file."""
    shown = evidence_name(name)
    if not content:
        raise Unacceptable(f"Berkas “{shown}” kosong (0 bita); ambil atau simpan ulang, lalu unggah lagi.")
    refuse_large(len(content), name)
    try:
        answer, copies = _ask(content)
    except confined.BeyondLimits as error:
        raise Unacceptable(_naming(BEYOND_LIMITS, shown)) from error
    if "refused" in answer:
        raise Unacceptable(_naming(answer["refused"], shown))
    copy, thumb = answer.pop("sizes")
    return Inspected(copy=copies[:copy], thumb=copies[copy : copy + thumb], **answer)


def refuse_large(size: int, name: str) -> None:
    """Exactly the limit is still allowed."""
    if size > settings.EVIDENCE_MAX_FILE_BYTES:
        raise Unacceptable(
            f"Berkas “{evidence_name(name)}” terlalu besar: batasnya {settings.EVIDENCE_MAX_FILE_BYTES // 1024**2} "
            "MiB; perkecil fotonya atau pecah dokumennya."
        )


def _ask(content: bytes) -> tuple[dict[str, Any], bytes]:
    question = json.dumps({"max_pixels": settings.EVIDENCE_MAX_PIXELS}).encode() + b"\n" + content
    with _AT_ONCE:
        line, _, copies = confined.ask(INSPECTOR, question).partition(b"\n")
    answer: dict[str, Any] = json.loads(line)
    return answer, copies


def _naming(message: str, shown: str) -> str:
    return message.replace("Berkas ini", f"Berkas “{shown}”", 1)


def evidence_name(name: str) -> str:
    """The last part of the name as the user knows it, without paths, control and direction marks; never empty."""
    return shown_name(name).strip(" .") or "tanpa nama"


def download_name(name: str, extension: str) -> str:
    """A name that every computer can save, whose extension says what the file really is."""
    stem = evidence_name(name).rsplit(".", 1)[0]
    safe = "".join("_" if each in '<>:"/\\|?*%;' else each for each in stem).strip(" .") or "bukti"
    if safe.split(".")[0].upper() in RESERVED:
        safe = f"_{safe}"
    return f"{safe[:100]}.{extension}"


def moment_of(inspected: Inspected, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When the camera says it was taken; its clock is taken for the regency's where it names no offset.

    None for what cannot be right: unreadable, before 1995, or in the future.
    """
    try:
        taken = datetime.strptime(inspected.taken + inspected.offset, "%Y:%m:%d %H:%M:%S%z")
    except ValueError:
        try:
            taken = datetime.strptime(inspected.taken, "%Y:%m:%d %H:%M:%S").replace(tzinfo=zone)
        except ValueError:
            return None
    return taken if taken.year >= 1995 and taken <= now + timedelta(days=1) else None
