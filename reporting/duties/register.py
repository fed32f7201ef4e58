"""The register of duties as an administrator keeps it: decrees, duties, and their wording by versions."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import record
from reporting.duties.models import Decree, Duty, DutyVersion


class DutyRefused(Exception):
    """The register cannot be changed so; the message is for the user."""


@transaction.atomic
def add_decree(*, number: str, title: str, issuer: str, signed_on: date | None, by: Actor, note: str = "") -> Decree:
    if Decree.objects.filter(number=number).exists():
        raise DutyRefused("Instruksi dengan nomor ini sudah tercatat.")
    decree = Decree.objects.create(number=number, title=title, issuer=issuer, signed_on=signed_on, note=note)
    record("mencatat instruksi", decree, by=by)
    return decree


@transaction.atomic
def add_duty(
    decree: Decree, *, code: str, article: str, text: str, effective_on: date, is_common: bool, by: Actor, now: datetime
) -> Duty:
    """A duty with its first wording, at the end of the register. Who bears it is said by assigning it."""
    if Duty.objects.filter(code=code).exists():
        raise DutyRefused("Kode ini sudah dipakai tugas lain.")
    last = Duty.objects.aggregate(last=Max("order"))["last"] or 0
    duty = Duty.objects.create(
        decree=decree, code=code, order=last + 1, article=article, text=text, is_common=is_common
    )
    _version(duty, effective_on, "", by, now)
    record("mencatat tugas", duty, by=by)
    return duty


@transaction.atomic
def revise_duty(
    duty: Duty, *, article: str, text: str, effective_on: date, reason: str, by: Actor, now: datetime
) -> DutyVersion:
    """A new wording for the periods that end on effective_on or later. What was raised keeps the wording it had."""
    locked = Duty.objects.select_for_update(of=("self",)).get(pk=duty.pk)
    if (locked.article, locked.text) == (article, text):
        raise DutyRefused("Bunyinya sama dengan yang sekarang, jadi tidak ada yang diubah.")
    newest = locked.versions.exclude(effective_on=None).aggregate(last=Max("effective_on"))["last"]
    if newest and effective_on < newest:
        raise DutyRefused("Tanggal berlaku tidak boleh sebelum versi yang terakhir berlaku.")
    changes = {"bagian instruksi": [locked.article, article], "bunyi": [locked.text, text]}
    locked.article, locked.text, locked.version = article, text, locked.version + 1
    locked.save(update_fields=["article", "text", "version"])
    version = _version(locked, effective_on, reason, by, now)
    record("mengubah bunyi tugas", locked, by=by, changes=changes, reason=reason)
    return version


def _version(duty: Duty, effective_on: date, reason: str, by: Actor, now: datetime) -> DutyVersion:
    return DutyVersion.objects.create(
        duty=duty, number=duty.version, article=duty.article, text=duty.text, effective_on=effective_on, reason=reason,
        made_at=now, made_by_name=by.name,
    )  # fmt: skip
