"""The ladder, as data."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db import transaction

from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import record
from reporting.chasing.models import LadderStep
from reporting.periods.clocks import Clock

SHIPPED = Path(__file__).with_name("data") / "ladder.toml"


def read_ladder() -> list[dict[str, Any]]:
    """The steps every district begins with."""
    steps: list[dict[str, Any]] = tomllib.loads(SHIPPED.read_text())["steps"]
    return steps


@transaction.atomic
def load_ladder(steps: Iterable[dict[str, Any]], *, by: Actor) -> int:
    """Make the steps that are missing; returns how many. A step that is there stays as an administrator left it."""
    made = 0
    for step in steps:
        row, created = LadderStep.objects.get_or_create(code=step["code"], defaults=_fields(step))
        if created:
            record("memuat tahap penagihan", row, by=by)
            made += 1
    return made


def _fields(step: dict[str, Any]) -> dict[str, Any]:
    plain = {
        name: step[name] for name in ("offset", "audiences", "label", "tone", "letter", "repeat_every") if name in step
    }
    return plain | {
        "clock": step.get("clock", Clock.FILING),
        "is_mandatory": step.get("mandatory", False),
        "is_urgent": step.get("urgent", False),
    }
