"""Make a regency ready to use: the steps that Katingan and every later district share."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import record_platform
from katingan_portal.tenancy.models import Regency
from reporting.chasing.actions import load_ladder, read_ladder
from reporting.duties.models import ReportForm
from reporting.periods.holidays import load_holidays


@transaction.atomic
def add_regency(*, code: str, name: str, province: str, time_zone: str, by: Actor) -> tuple[Regency, bool]:
    """The regency of this code, made if it is not there; whether it was made."""
    regency, created = Regency.objects.get_or_create(
        code=code, defaults={"name": name, "province": province, "time_zone": time_zone}
    )
    if created:
        record_platform("menambah kabupaten/kota", regency, by=by)
    return regency, created


def prepare_calendar(around: date, *, by: Actor) -> int:
    """Holidays from the year before to the year after; returns how many were new."""
    return load_holidays(range(around.year - 1, around.year + 2), by=by)


def prepare_reporting(form: dict[str, Any], *, starts_on: date, by: Actor) -> None:
    """The monthly form and the ladder, for a regency whose own decree is not loaded yet."""
    ReportForm.objects.get_or_create(
        code=form["code"],
        defaults={"name": form["name"], "due_count": form["due_count"], "collects_from": starts_on},
    )
    load_ladder(read_ladder(), by=by)
