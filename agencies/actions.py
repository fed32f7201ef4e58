"""Load the agencies that the decree addresses, and give a name to those that no source names."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.text import slugify

from agencies.models import Agency
from agencies.queries import leaders_of
from katingan_portal.accounts.permissions import Actor, may
from katingan_portal.accounts.roles import Verb
from katingan_portal.audit.actions import changed_fields, record
from villages.actions import LoadReport, load_rows
from villages.models import Subdistrict

DATA = Path(__file__).parent / "data"


class NamingRefused(Exception):
    """The name cannot be given; the message is for the user."""


def read_agencies(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


@transaction.atomic
def load_agencies(data: dict[str, Any], *, by: Actor, apply: bool = False) -> LoadReport:
    """Add what is missing; load the villages first. What differs is drift, changed only with `apply`.

    A slot that an administrator has named is no drift and stays named, even with `apply`.
    data: as in data/katingan.toml.
    """
    wanted = {entry["code"]: _values(entry) for entry in data["agencies"]}
    if data.get("subdistrict_offices"):
        wanted |= {subdistrict_office_code(each): _office_values(each) for each in Subdistrict.objects.all()}
    named = Agency.objects.filter(is_slot=False).values_list("code", "name", "short_name", "aliases")
    for code, name, short_name, aliases in named:
        if wanted.get(code, {}).get("is_slot"):
            wanted[code] |= {"name": name, "short_name": short_name, "aliases": aliases, "is_slot": False}
    return load_rows(Agency, wanted, by=by, apply=apply)


@transaction.atomic
def name_slot(agency: Agency, *, name: str, short_name: str, source_note: str, by: Actor) -> Agency:
    """Name an agency that the decree means but no source names; from then on it can be assigned and chased.

    source_note: where the name was read. Raises NamingRefused, and PermissionDenied without Verb.NAME_SLOT.
    """
    slot = _locked(agency, by)
    if not slot.is_slot:
        raise NamingRefused(f"{slot.name} sudah bernama. Muat ulang halaman ini.")
    return _rename(slot, name, short_name, source_note, by, verb="menamai", is_slot=False)


@transaction.atomic
def rename_agency(agency: Agency, *, name: str, short_name: str, source_note: str, by: Actor) -> Agency:
    """Give a named agency its new name, e.g. after a reorganisation; the old one stays findable as an alias."""
    named = _locked(agency, by)
    if named.is_slot:
        raise NamingRefused(f"{named.name} belum dinamai.")
    aliases = [*named.aliases, *(old for old in (named.name, named.short_name) if old not in named.aliases)]
    return _rename(named, name, short_name, source_note, by, verb="mengganti nama", aliases=aliases)


class SubmittersRefused(Exception):
    """The setting would leave nobody who can send; the message is for the user."""


@transaction.atomic
def set_operator_submits(agency: Agency, *, allowed: bool, by: Actor, on: date) -> None:
    """Say whether the agency's operator may send reports, or its leaders alone, on the day `on`.

    Raises SubmittersRefused where there is no leader, and PermissionDenied without Verb.SET_SUBMITTERS.
    """
    if not may(by, Verb.SET_SUBMITTERS, agency):
        raise PermissionDenied("Peran Anda tidak boleh menentukan siapa yang mengirim laporan.")
    locked = Agency.objects.select_for_update().get(pk=agency.pk)
    if locked.operator_submits == allowed:
        return
    if not allowed and not leaders_of(locked.pk, on):
        raise SubmittersRefused(
            f"{locked.short_name} belum punya pimpinan di portal, jadi tidak ada yang bisa mengirim."
        )
    changes = changed_fields(locked, {"operator_submits": allowed})
    locked.operator_submits = allowed
    locked.save(update_fields=["operator_submits"])
    record("menentukan siapa yang mengirim laporan", locked, by=by, changes=changes)


def subdistrict_office_code(subdistrict: Subdistrict) -> str:
    return f"kecamatan-{slugify(subdistrict.name)}"


def _values(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": entry["kind"],
        "name": entry["name"],
        "short_name": entry["short_name"],
        "aliases": entry.get("aliases", []),
        "is_slot": entry.get("is_slot", False),
        "is_coordinator": entry.get("is_coordinator", False),
        "decree_order": entry.get("decree_order"),
    }


def _office_values(subdistrict: Subdistrict) -> dict[str, Any]:
    name = f"Kecamatan {subdistrict.name}"
    entry = {"kind": Agency.Kind.SUBDISTRICT.value, "name": name, "short_name": name}
    return {**_values(entry), "aliases": [f"Camat {subdistrict.name}"], "subdistrict_id": subdistrict.pk}


def _locked(agency: Agency, by: Actor) -> Agency:
    if not may(by, Verb.NAME_SLOT, agency):
        raise PermissionDenied("Peran Anda tidak boleh menamai perangkat daerah.")
    locked: Agency = Agency.objects.select_for_update().get(pk=agency.pk)
    return locked


def _rename(
    agency: Agency, name: str, short_name: str, source_note: str, by: Actor, *, verb: str, **values: Any
) -> Agency:
    name, short_name, source_note = (" ".join(text.split()) for text in (name, short_name, source_note))
    if not (name and short_name and source_note):
        raise NamingRefused("Tulis nama, nama singkat, dan di mana nama itu tertulis.")
    _refuse_taken(agency, name, short_name)
    values |= {"name": name, "short_name": short_name}
    changes = changed_fields(agency, values)
    for field, value in values.items():
        setattr(agency, field, value)
    agency.save(update_fields=list(values))
    record(verb, agency, by=by, changes=changes, reason=source_note)
    return agency


def _refuse_taken(agency: Agency, *names: str) -> None:
    """Two agencies under one name would leave nobody knowing whom an import or a letter means."""
    wanted = {name.casefold() for name in names}
    for other in Agency.objects.exclude(pk=agency.pk):
        if wanted & {text.casefold() for text in (other.name, other.short_name, *other.aliases)}:
            raise NamingRefused(f"Nama itu sudah dipakai {other.name}.")
