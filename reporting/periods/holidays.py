"""The district's table of closed days, and the two rules beside it: grace for a kecamatan, offices open on Saturday."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import holidays as published
from django.db import transaction
from django.db.models import Q

from agencies.models import Agency
from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import changed_fields, record, record_many
from katingan_portal.tenancy.models import Regency
from katingan_portal.ui.formats import day
from reporting.periods.actions import take_turns
from reporting.periods.models import Holiday, SubdistrictGrace
from reporting.periods.queries import holiday_names
from reporting.periods.redating import Move, movable, plan, redate
from villages.models import Subdistrict


class CalendarRefused(Exception):
    """The change makes no sense as things stand; the message is for the user."""


@dataclass(frozen=True)
class DayChange:
    """What an administrator wants of one day: `name` and `kind` of a closed one, or `opens` for an open one."""

    on: date
    name: str = ""
    kind: str = Holiday.Kind.LOCAL
    opens: bool = False

    @property
    def reason(self) -> str:
        return f"{day(self.on)} bukan lagi hari libur" if self.opens else f"{day(self.on)} libur: {self.name}"

    def applied_to(self, names: Mapping[date, str]) -> dict[date, str]:
        rest = {on: name for on, name in names.items() if on != self.on}
        return rest if self.opens else rest | {self.on: self.name}


def preview(changes: Iterable[DayChange], *, now: datetime) -> list[Move]:
    """The obligations whose due moment would move, were these days changed. Writes nothing."""
    names = holiday_names()
    for change in changes:
        names = change.applied_to(names)
    return [move for move in plan(movable(now), names, now) if move.moves]


@transaction.atomic
def close_day(regency: Regency, change: DayChange, *, by: Actor, now: datetime) -> list[Move]:
    """Make the day a holiday, or give it another name or kind; returns what was re-dated."""
    take_turns(regency)
    values = {"name": change.name, "kind": change.kind, "is_cancelled": False}
    row = Holiday.objects.select_for_update(of=("self",)).filter(on=change.on).first()
    if row is None:
        row = Holiday.objects.create(on=change.on, **values)
        record("menambah hari libur", row, by=by)
    elif changes := changed_fields(row, values):
        Holiday.objects.filter(pk=row.pk).update(**values)
        record("mengubah hari libur", row, by=by, changes=changes)
    return redate(regency, reason=change.reason, by=by, now=now)


@transaction.atomic
def open_day(regency: Regency, row: Holiday, *, by: Actor, now: datetime) -> list[Move]:
    """The office works on that day after all; returns what was re-dated.

    A day of the district's own is deleted. A published one is kept as cancelled, so that it stays open.
    Raises CalendarRefused where it is open already.
    """
    take_turns(regency)
    if not Holiday.objects.filter(pk=row.pk, is_cancelled=False).exists():
        raise CalendarRefused(f"{day(row.on)} sudah tercatat sebagai hari kerja.")
    change = DayChange(row.on, opens=True)
    record("membuka hari libur", row, by=by)
    if row.kind == Holiday.Kind.LOCAL:
        Holiday.objects.filter(pk=row.pk).delete()
    else:
        Holiday.objects.filter(pk=row.pk).update(is_cancelled=True)
    return redate(regency, reason=change.reason, by=by, now=now)


def published_days(years: Iterable[int]) -> list[Holiday]:
    """National holidays and cuti bersama of these years as the `holidays` package has them, unsaved."""
    rows = [
        Holiday(on=on, name=name, kind=kind)
        for category, kind in (("government", Holiday.Kind.COLLECTIVE), ("public", Holiday.Kind.NATIONAL))
        for on, name in published.country_holidays("ID", years=years, categories=(category,), language="id").items()
    ]
    return sorted({row.on: row for row in rows}.values(), key=lambda row: row.on)


def new_days(years: Iterable[int]) -> list[Holiday]:
    """The published days that the table does not know. One that it knows stays as an administrator left it."""
    known = set(Holiday.objects.values_list("on", flat=True))
    return [row for row in published_days(years) if row.on not in known]


@transaction.atomic
def load_holidays(years: Iterable[int], *, by: Actor) -> int:
    """Add the published days of `years` that are not in the table; returns how many."""
    made = Holiday.objects.bulk_create(new_days(years))
    record_many("memuat hari libur", made, by=by)
    return len(made)


@transaction.atomic
def reload_holidays(regency: Regency, years: Iterable[int], *, by: Actor, now: datetime) -> tuple[int, list[Move]]:
    """As load_holidays, and what is not yet due follows; returns (days added, what was re-dated)."""
    take_turns(regency)
    added = load_holidays(years, by=by)
    return added, redate(regency, reason="daftar hari libur dimuat ulang", by=by, now=now)


@transaction.atomic
def add_grace(
    subdistrict: Subdistrict, *, working_days: int, reason: str, starts_on: date, by: Actor
) -> SubdistrictGrace:
    """So many working days more for every period that ends on starts_on or later. Raises CalendarRefused."""
    overlapping = SubdistrictGrace.objects.filter(Q(ends_on=None) | Q(ends_on__gte=starts_on), subdistrict=subdistrict)
    if overlapping.exists():
        raise CalendarRefused(f"{subdistrict.name} sudah mendapat kelonggaran pada waktu itu. Akhiri dulu yang lama.")
    row = SubdistrictGrace.objects.create(
        subdistrict=subdistrict, working_days=working_days, reason=reason, starts_on=starts_on
    )
    record("memberi kelonggaran", row, by=by, changes={"hari kerja": [None, working_days]}, reason=reason)
    return row


@transaction.atomic
def end_grace(grace: SubdistrictGrace, *, ends_on: date, by: Actor) -> None:
    """The last period with the grace ends on or before `ends_on`."""
    if ends_on < grace.starts_on:
        raise CalendarRefused("Tanggal akhir tidak boleh sebelum tanggal mulai kelonggaran.")
    changes = changed_fields(grace, {"ends_on": ends_on})
    SubdistrictGrace.objects.filter(pk=grace.pk).update(ends_on=ends_on)
    record("mengakhiri kelonggaran", grace, by=by, changes=changes)


@transaction.atomic
def set_saturday_offices(agencies: Iterable[int], *, by: Actor) -> int:
    """Exactly these agencies work on Saturday; returns how many changed. Obligations already raised keep their rule."""
    wanted = set(agencies)
    changed = 0
    for agency in Agency.objects.select_for_update(of=("self",)).order_by("pk"):
        works = agency.pk in wanted
        if agency.works_saturday != works:
            record("mengubah hari kerja", agency, by=by, changes=changed_fields(agency, {"works_saturday": works}))
            Agency.objects.filter(pk=agency.pk).update(works_saturday=works)
            changed += 1
    return changed
