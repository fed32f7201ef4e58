"""Write history in the transaction of the change: no change without its row, no row without its change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models

from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.models import AuditEvent, PlatformEvent


def record(
    verb: str, thing: models.Model, *, by: Actor, changes: dict[str, Any] | None = None, reason: str = ""
) -> AuditEvent:
    """One row about a tenant-owned thing. `changes` is {field: [before, after]} in JSON values.

    What one agency keeps private (figures of a draft) must not stand in `changes`: history is read more widely.
    """
    return AuditEvent.objects.create(**_row(verb, thing, by, changes, reason))


def record_many(verb: str, things: Iterable[models.Model], *, by: Actor, reason: str = "") -> None:
    AuditEvent.objects.bulk_create([AuditEvent(**_row(verb, thing, by, None, reason)) for thing in things])


def record_each(
    verb: str, changed: Iterable[tuple[models.Model, dict[str, Any]]], *, by: Actor, reason: str = ""
) -> None:
    """As `record`, for many things with changes of their own, in one statement."""
    AuditEvent.objects.bulk_create([AuditEvent(**_row(verb, thing, by, changes, reason)) for thing, changes in changed])


def record_platform(
    verb: str, thing: models.Model, *, by: Actor, changes: dict[str, Any] | None = None, reason: str = ""
) -> PlatformEvent:
    return PlatformEvent.objects.create(**_row(verb, thing, by, changes, reason))


def changed_fields(before: models.Model, after: dict[str, Any]) -> dict[str, list[Any]]:
    """{field: [before, after]} for the values of `after` that differ from the row as it is."""
    return {
        name: [_plain(getattr(before, name)), _plain(value)]
        for name, value in after.items()
        if getattr(before, name) != value
    }


def _row(verb: str, thing: models.Model, by: Actor, changes: dict[str, Any] | None, reason: str) -> dict[str, Any]:
    return {
        "verb": verb,
        "thing_type": thing._meta.label_lower,
        "thing_id": str(thing.pk),
        "thing_name": str(thing)[:200],
        "actor_id": by.user_id,
        "actor_name": by.name[:200],
        "role": by.role,
        "source": by.source,
        "request_id": by.request_id,
        "changes": changes or {},
        "reason": reason,
    }


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str | list | dict) else str(value)
