"""Load the forms that the portal ships as its proposal: published at once where new, else only ever a draft."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import changed_fields, record
from reporting.duties.actions import DecreeLoaded, ensure
from reporting.duties.actions_forms import publish, start_draft
from reporting.duties.models import Duty, FormVersion, Indicator, ReportForm, ValidationRule
from reporting.duties.queries import version_in_force
from reporting.duties.queries_forms import draft_of, fingerprint_of_version, rules_in

Kind = Indicator.Kind
FORM_KEYS = ("name", "purpose", "period_type", "due_count")
PROPOSAL = "Usulan bawaan portal"


@dataclass(frozen=True)
class ShippedForm:
    """One form of the file: its settings, its questions with the code of their duty ("" for none), its rules."""

    settings: dict[str, Any]
    questions: list[tuple[str, dict[str, Any]]]
    rules: list[dict[str, Any]]


def shipped_forms(data: dict[str, Any]) -> Iterator[ShippedForm]:
    """The monthly form, asked duty by duty, then the others."""
    monthly = [(duty["code"], entry) for duty in data["duties"] for entry in duty.get("indicators", [])]
    yield ShippedForm(data["form"], monthly, data["form"].get("rules", []))
    for form in data.get("other_forms", []):
        questions = [(entry.get("duty", ""), entry) for entry in form["indicators"]]
        yield ShippedForm(form, questions, form.get("rules", []))


@transaction.atomic
def load_forms(data: dict[str, Any], *, starts_on: date, by: Actor, now: datetime) -> DecreeLoaded:
    """Make the shipped forms; after load_decree. Idempotent.

    A form without any version gets its first, published. What the file has more than a form that stands becomes a
    draft for an administrator to publish or discard, once: what was proposed or asked before is not proposed again.
    """
    done = DecreeLoaded()
    duties = {duty.code: duty for duty in Duty.objects.all()}
    for shipped in shipped_forms(data):
        form = _form(done, shipped.settings, starts_on, by)
        if form.versions.exists():
            _compare(done, form, shipped, duties, by)
        else:
            _first(done, form, shipped, duties, by, now)
    return done


def _form(done: DecreeLoaded, settings: dict[str, Any], starts_on: date, by: Actor) -> ReportForm:
    values = {name: settings[name] for name in FORM_KEYS if name in settings}
    fixed = {"collects_from": starts_on, "is_active": settings.get("is_active", True)}
    form, _ = ensure(done, ReportForm, {"code": settings["code"]}, values, by, **fixed)
    return form


def _first(
    done: DecreeLoaded, form: ReportForm, shipped: ShippedForm, duties: dict[str, Duty], by: Actor, now: datetime
) -> None:
    draft = start_draft(form, by=by)
    done.created += 1 + _add(draft, shipped.questions, shipped.rules, duties)
    publish(draft, seen=fingerprint_of_version(draft), note=PROPOSAL, by=by, now=now)


def _compare(done: DecreeLoaded, form: ReportForm, shipped: ShippedForm, duties: dict[str, Duty], by: Actor) -> None:
    """Report where questions differ, and propose those that no version of the form ever had."""
    ever = set(Indicator.objects.filter(version__form=form).values_list("code", flat=True))
    new = [(duty, entry) for duty, entry in shipped.questions if entry["code"] not in ever]
    in_force = version_in_force(form)
    asked = {row.code: row for row in Indicator.objects.filter(version=in_force)} if in_force else {}
    for _, entry in shipped.questions:
        _report_drift(done, asked.get(entry["code"]), values_of(entry))
    if not new:
        return
    if draft_of(form):
        done.drift.append(f"formulir {form}: {len(new)} pertanyaan berkas belum ada; ada draf lain yang belum selesai")
        return
    draft = _proposal(form, new, shipped.rules, duties, by)
    done.created += len(new)
    done.drift.append(
        f"formulir {form}: {len(new)} pertanyaan baru dari berkas menjadi draf usulan versi {draft.number}; "
        "terbitkan atau buang di halaman Formulir"
    )


def _proposal(
    form: ReportForm, new: list[tuple[str, dict[str, Any]]], rules: list[dict[str, Any]], duties: dict[str, Duty],
    by: Actor,
) -> FormVersion:  # fmt: skip
    draft = start_draft(form, by=by)
    there = {(rule.left, rule.operator, rule.right) for rule in rules_in(draft)}
    _add(draft, new, [rule for rule in rules if (rule["left"], rule["operator"], rule["right"]) not in there], duties)
    draft.note = PROPOSAL
    draft.save(update_fields=["note"])
    record("mengusulkan draf", form, by=by, changes={"pertanyaan baru": [None, len(new)]}, reason=PROPOSAL)
    return draft


def _report_drift(done: DecreeLoaded, stored: Indicator | None, wanted: dict[str, Any]) -> None:
    if stored is None:
        return
    for name, (is_now, in_file) in changed_fields(stored, wanted).items():
        done.drift.append(f"indikator {stored}: {name} tersimpan {is_now!r}, berkas {in_file!r}")


def _add(
    draft: FormVersion, questions: list[tuple[str, dict[str, Any]]], rules: list[dict[str, Any]],
    duties: dict[str, Duty],
) -> int:  # fmt: skip
    """Questions after those that are there, columns under their tables, rules last; returns how many rows."""
    start = Indicator.objects.filter(version=draft, parent=None).count()
    tops = [
        Indicator(version=draft, duty=duties.get(duty), order=order, code=entry["code"], **values_of(entry))
        for order, (duty, entry) in enumerate(questions, start=start + 1)
    ]
    Indicator.objects.bulk_create(tops)
    columns = [
        Indicator(version=draft, parent=top, duty=top.duty, order=order, code=column["code"], **values_of(column))
        for top, (_, entry) in zip(tops, questions, strict=True)
        for order, column in enumerate(entry.get("columns", []), start=1)
    ]
    Indicator.objects.bulk_create(columns)
    first = ValidationRule.objects.filter(version=draft).count() + 1
    made = [_rule(draft, order, rule) for order, rule in enumerate(rules, start=first)]
    ValidationRule.objects.bulk_create(made)
    return len(tops) + len(columns) + len(made)


def _rule(draft: FormVersion, order: int, entry: dict[str, Any]) -> ValidationRule:
    sides = {name: entry[name] for name in ("left", "operator", "right", "message")}
    return ValidationRule(version=draft, order=order, is_hard=entry.get("hard", True), **sides)


def values_of(entry: dict[str, Any]) -> dict[str, Any]:
    """A question of the file as the model's fields, with the defaults that the head of the file names."""
    kind = entry.get("kind", Kind.COUNT)
    numeric = kind in Indicator.NUMERIC
    adds_up = Indicator.Aggregation.SUM if numeric else Indicator.Aggregation.NONE
    return {
        "section": entry.get("section", ""),
        "label": entry["label"],
        "help_text": entry.get("help", ""),
        "unit": entry.get("unit", ""),
        "kind": kind,
        "is_required": entry.get("required", True),
        "minimum": Decimal(entry.get("minimum", 0)) if numeric else None,
        "maximum": Decimal(entry["maximum"]) if "maximum" in entry else None,
        "decimals": entry.get("decimals", 0),
        "choices": entry.get("choices", []),
        "aggregation": entry.get("aggregation", adds_up),
        "warn_change_percent": entry.get("warn"),
    }
