from __future__ import annotations

from django.db import models
from django.db.models import QuerySet

from katingan_portal.audit.models import AuditEvent


def history_of(thing: models.Model, limit: int = 50) -> QuerySet[AuditEvent]:
    """The newest events about one thing, newest first."""
    return AuditEvent.objects.filter(thing_type=thing._meta.label_lower, thing_id=str(thing.pk))[:limit]
