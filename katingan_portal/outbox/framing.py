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
    return Letter(subject[:200], text, _page([f"<p>{part}</p>" for part in parts]), link)


@dataclass(frozen=True)
class Item:
    """One thing of a message that has several: its title, a line about it, and the path that leads to it."""

    title: str
    line: str
    link: str


@dataclass(frozen=True)
class Section:
    """Things of one sort, under a sentence that says of which."""

    opening: str
    items: list[Item]


def framed_sections(
    subject: str, *, to: str, sections: list[Section], after: list[str], link: str, place: str
) -> Letter:
    """A letter about several things, each with its own link. Everything is escaped."""
    base = settings.PORTAL_BASE_URL.rstrip("/")
    greeting, closing = f"Yth. {to},", f"Portal Koperasi Merah Putih {place}"
    text, parts = [greeting], [f"<p>{escape(greeting)}</p>"]
    for section in sections:
        text += [section.opening, *(f"• {item.title}\n  {item.line}\n  {base}{item.link}" for item in section.items)]
        rows = "".join(_row(item, base) for item in section.items)
        parts += [f"<p>{escape(section.opening)}</p>", f'<ul style="padding-left:1.2em">{rows}</ul>']
    text += [*after, closing]
    parts += [f"<p>{escape(part)}</p>" for part in [*after, closing]]
    return Letter(subject[:200], "\n\n".join(text) + "\n", _page(parts), link)


def _row(item: Item, base: str) -> str:
    anchor = f'<a href="{escape(base + item.link)}"><strong>{escape(item.title)}</strong></a>'
    return f'<li style="margin-bottom:.8em">{anchor}<br>{escape(item.line)}</li>'


def _page(parts: list[str]) -> str:
    """Narrow enough to read and in the reader's own letters; mail programs know no style sheet of ours."""
    style = "font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;max-width:36em;margin:0 auto;padding:0 1em"
    return f'<div style="{style}">{"".join(parts)}</div>'
