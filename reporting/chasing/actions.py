"""The ladder, as data."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import record
from reporting.chasing.models import LadderStep


@transaction.atomic
def load_ladder(steps: list[dict[str, Any]], *, by: Actor) -> int:
    """Make the steps that are missing; returns how many. A step that is there stays as an administrator left it."""
    made = 0
    for step in steps:
        row, created = LadderStep.objects.get_or_create(
            code=step["code"],
            defaults={
                "offset": step["offset"],
                "label": step["label"],
                "audience": step.get("audience", LadderStep.Audience.AGENCY),
            },
        )
        if created:
            record("memuat tahap penagihan", row, by=by)
            made += 1
    return made
