"""Load the decree and its duties, and say which agency bears which duty from when to when."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

from agencies.models import Agency
from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import changed_fields, record
from katingan_portal.ui.formats import day
from reporting.duties.models import Assignment, Decree, Duty, DutyVersion

DATA = Path(__file__).parent / "data"


class AssignmentRefused(Exception):
    """The agency cannot bear the duty; the message is for the user. attribute: the field of Assignment it is about."""

    def __init__(self, message: str, attribute: str = "") -> None:
        super().__init__(message)
        self.attribute = attribute


@dataclass
class DecreeLoaded:
    """What loading did: rows made, and where the database differs from the file (left as it is)."""

    created: int = 0
    drift: list[str] = field(default_factory=list)


def read_decree(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


@transaction.atomic
def load_decree(data: dict[str, Any], *, starts_on: date, by: Actor) -> DecreeLoaded:
    """Make the decree, its duties and assignments. Again, it only adds what is missing, and reports drift.

    data: as in data/katingan.toml. starts_on: first day of the assignments and of collecting; the portal's own
    choice, since no source gives one. What is asked about the duties: actions_shipped.load_forms.
    """
    done = DecreeLoaded()
    decree, _ = ensure(done, Decree, {"number": data["decree"]["number"]}, _without(data["decree"], "number"), by)
    for order, entry in enumerate(data["duties"], start=1):
        values = {
            "article": entry["article"],
            "text": entry["text"],
            "is_common": entry.get("common", False),
            "order": order,
        }
        duty, created = ensure(done, Duty, {"code": entry["code"]}, values, by, decree=decree)
        if created:
            _first_version(duty, by)
            for agency in bearers_of(entry):
                assign(duty, agency, starts_on=starts_on, by=by)
                done.created += 1
    return done


def bearers_of(entry: dict[str, Any]) -> list[Agency]:
    """The named agencies that an entry of the file means; slots are left out until an administrator names them."""
    named = Agency.objects.filter(is_slot=False).exclude(kind=Agency.Kind.LEADERSHIP)
    if entry.get("common"):
        return list(named)
    if entry["agencies"] == ["subdistrict"]:
        return list(named.filter(kind=Agency.Kind.SUBDISTRICT))
    return list(named.filter(code__in=entry["agencies"]))


@transaction.atomic
def assign(duty: Duty, agency: Agency, *, starts_on: date, ends_on: date | None = None, by: Actor) -> Assignment:
    """From starts_on on, `agency` bears `duty`, until ends_on (included) where that is known already.

    Raises AssignmentRefused for a slot, the leadership, an end before the start, and days on which the agency bears
    the duty anyway.
    """
    _refuse_bearer(agency)
    _refuse_end(starts_on, ends_on)
    _refuse_overlap(duty, agency, starts_on, ends_on)
    assignment = Assignment.objects.create(duty=duty, agency=agency, starts_on=starts_on, ends_on=ends_on)
    changes = {"perangkat daerah": [None, agency.name], "mulai": [None, str(starts_on)]}
    if ends_on:
        changes["sampai"] = [None, str(ends_on)]
    record("menugaskan", duty, by=by, changes=changes)
    return assignment


@transaction.atomic
def end_assignment(assignment: Assignment, *, ends_on: date | None, reason: str, by: Actor) -> None:
    """The agency bears the duty until ends_on (included). Obligations already raised stay owed.

    Raises AssignmentRefused for one that has ended: what was, is not changed.
    """
    if assignment.ends_on is not None:
        raise AssignmentRefused(
            f"Penugasan ini sudah berakhir {day(assignment.ends_on)}. Penugasan kembali perlu tanggal mulai yang baru.",
            "ends_on",
        )
    _refuse_end(assignment.starts_on, ends_on)
    changes = changed_fields(assignment, {"ends_on": ends_on})
    assignment.ends_on = ends_on
    assignment.save(update_fields=["ends_on"])
    changes["perangkat daerah"] = [assignment.agency.name, assignment.agency.name]
    record("mengakhiri penugasan", assignment.duty, by=by, changes=changes, reason=reason)


def _first_version(duty: Duty, by: Actor) -> None:
    DutyVersion.objects.create(duty=duty, number=1, article=duty.article, text=duty.text, made_by_name=by.name)


def _refuse_bearer(agency: Agency) -> None:
    if agency.is_slot:
        raise AssignmentRefused(f"{agency.name} belum dinamai, jadi belum bisa diberi tugas.", "agency")
    if agency.kind == Agency.Kind.LEADERSHIP:
        raise AssignmentRefused(f"{agency.name} adalah pimpinan daerah, bukan pemegang tugas.", "agency")


def _refuse_end(starts_on: date, ends_on: date | None) -> None:
    if ends_on is not None and ends_on < starts_on:
        raise AssignmentRefused("Tanggal akhir tidak boleh sebelum tanggal mulai penugasan.", "ends_on")


def _refuse_overlap(duty: Duty, agency: Agency, starts_on: date, ends_on: date | None) -> None:
    """Two assignments on the same day would say the same thing twice, and ending one would not end it."""
    others = Assignment.objects.filter(Assignment.within(starts_on, ends_on or date.max), duty=duty, agency=agency)
    other = others.order_by("starts_on").first()
    if other is None:
        return
    until = f"sampai {day(other.ends_on)}" if other.ends_on else "dan belum berakhir"
    raise AssignmentRefused(
        f"{agency.short_name} sudah memegang tugas ini sejak {day(other.starts_on)} {until}.", "starts_on"
    )


def ensure(
    done: DecreeLoaded, model: type[Any], key: dict[str, Any], values: dict[str, Any], by: Actor, **fixed: Any
) -> tuple[Any, bool]:
    """The row of this key, made with `values` and `fixed` if it is not there; a difference in `values` is drift."""
    row, created = model.objects.get_or_create(**key, defaults={**values, **fixed})
    if created:
        done.created += 1
        record("memuat", row, by=by)
        return row, True
    for name, (stored, wanted) in changed_fields(row, values).items():
        done.drift.append(f"{model._meta.verbose_name} {row}: {name} tersimpan {stored!r}, berkas {wanted!r}")
    return row, False


def _without(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}
