"""An object's audit trail in the shape of the timeline component."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models

from katingan_portal.audit.models import AuditEvent
from katingan_portal.audit.queries import history_of
from katingan_portal.ui.formats import UNKNOWN


def timeline_of(thing: models.Model, limit: int = 20) -> list[dict[str, Any]]:
    return [
        {"at": event.at, "actor": event.actor_name, "verb": event.phrase, "detail": _detail(event, thing)}
        for event in history_of(thing, limit)
    ]


def _detail(event: AuditEvent, thing: models.Model) -> str:
    lines = [f"{_label(name, thing)}: {_change(old, new)}" for name, (old, new) in event.changes.items()]
    return "\n".join([*lines, event.reason] if event.reason else lines)


def _change(old: Any, new: Any) -> str:
    """ "lama → baru"; what was written for the first time is only named."""
    return _word(new) if _word(old) == UNKNOWN else f"{_word(old)} → {_word(new)}"


def _label(name: str, thing: models.Model) -> str:
    try:
        return str(getattr(thing._meta.get_field(name), "verbose_name", name))
    except FieldDoesNotExist:
        return name


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or UNKNOWN
    return UNKNOWN if value in (None, "") else str(value)
