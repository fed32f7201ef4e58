"""The frame of a letter: who is addressed, a few short paragraphs, one link, and from whom."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from django.conf import settings


@dataclass(frozen=True)
class Letter:
    """A message's words for every channel; `link` is the path inside the portal."""

    subject: str
    text: str
    html: str
    link: str


def framed(subject: str, *, to: str, paragraphs: list[str], link: str, link_label: str, place: str) -> Letter:
    """`to` is a person's name, `link` a path of the portal, `place` the regency's name. Everything is escaped."""
    url = settings.PORTAL_BASE_URL.rstrip("/") + link
    greeting, closing = f"Yth. {to},", f"Portal Koperasi Merah Putih {place}"
    text = "\n\n".join([greeting, *paragraphs, f"{link_label}: {url}", closing]) + "\n"
    anchor = f'<a href="{escape(url)}">{escape(link_label)}</a>'
    parts = [*map(escape, [greeting, *paragraphs]), anchor, escape(closing)]
    return Letter(subject[:200], text, "".join(f"<p>{part}</p>" for part in parts), link)
