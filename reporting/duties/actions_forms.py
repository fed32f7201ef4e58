"""Make and change report forms without programming: settings, drafts, questions, rules, publication.

Every change is made to the one draft of a form. `seen` is the fingerprint of what the person had on the screen: when
somebody else has changed that meanwhile, Stale is raised and nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Max

from katingan_portal.accounts.permissions import Actor
from katingan_portal.audit.actions import changed_fields, record
from reporting.duties.models import FormVersion, Indicator, ReportForm, ValidationRule
from reporting.duties.queries import version_in_force
from reporting.duties.queries_forms import (
    QUESTION_FIELDS,
    RULE_FIELDS,
    Changes,
    changes_between,
    codes_for_rules,
    draft_of,
    fingerprint,
    fingerprint_of_version,
    problems_of,
    questions_in,
    rule_errors,
    rules_in,
)

# Set aside while rules are renumbered: the order is unique within a version.
ASIDE = 10_000


class FormRefused(Exception):
    """The change is not possible; the message is for the user."""


class Stale(FormRefused):
    """Somebody else changed it since this person opened it."""


@transaction.atomic
def create_form(*, code: str, by: Actor, **settings: Any) -> ReportForm:
    """A form with an empty draft. It asks nobody anything before its first version is published."""
    if ReportForm.objects.filter(code=code).exists():
        raise FormRefused(f"Kode “{code}” sudah dipakai formulir lain.")
    form = ReportForm.objects.create(code=code, **settings)
    record("membuat formulir", form, by=by)
    _new_version(form, by)
    return form


@transaction.atomic
def change_settings(form: ReportForm, *, seen: str, by: Actor, **settings: Any) -> ReportForm:
    """Change how a form is asked. Obligations that stand keep their own rule. Raises Stale or FormRefused."""
    locked = ReportForm.objects.select_for_update().get(pk=form.pk)
    _refuse_stale(locked, seen)
    changes = changed_fields(locked, settings)
    if "period_type" in changes and locked.obligations.exists():
        raise FormRefused(
            "Periode tidak bisa diubah lagi karena kewajibannya sudah dibuat. Salin formulir ini, lalu atur periode "
            "salinannya dan nonaktifkan yang lama."
        )
    for name, value in settings.items():
        setattr(locked, name, value)
    if changes:
        locked.save(update_fields=list(changes))
        record("mengubah pengaturan", locked, by=by, changes=changes)
    return locked


@transaction.atomic
def copy_form(form: ReportForm, *, code: str, name: str, by: Actor) -> ReportForm:
    """A new, inactive form with the same settings and, as its draft, what `form` asks now (or drafts, if never)."""
    source = version_in_force(form) or draft_of(form)
    kept = ("purpose", "period_type", "due_kind", "due_count", "due_shift", "review_working_days",
            "correction_working_days", "promise_working_days", "is_portal_default", "collects_from")  # fmt: skip
    settings = {field: getattr(form, field) for field in kept}
    copy = create_form(code=code, name=name, is_active=False, by=by, **settings)
    draft = draft_of(copy)
    assert draft is not None
    if source:
        copy_questions(source, draft)
    record("menyalin formulir", copy, by=by, changes={"disalin dari": [None, str(form)]})
    return copy


@transaction.atomic
def start_draft(form: ReportForm, *, by: Actor) -> FormVersion:
    """The form's draft, made from the version in force if there is none yet."""
    ReportForm.objects.select_for_update().get(pk=form.pk)
    draft = draft_of(form)
    if draft:
        return draft
    source = version_in_force(form)
    draft = _new_version(form, by)
    if source:
        copy_questions(source, draft)
    return draft


@transaction.atomic
def discard_draft(version: FormVersion, *, seen: str, by: Actor) -> None:
    """Set the draft aside. It can be taken back while the form has no other draft."""
    draft = _draft(version)
    _refuse_stale_version(draft, seen)
    draft.state = FormVersion.State.DISCARDED
    draft.save(update_fields=["state"])
    record("membuang draf", draft.form, by=by, changes={"versi": [draft.number, None]})


@transaction.atomic
def take_back_draft(version: FormVersion, *, by: Actor) -> None:
    """Undo discard_draft."""
    locked = _locked(version)
    if locked.state != FormVersion.State.DISCARDED or draft_of(locked.form):
        raise FormRefused("Draf ini tidak bisa diambil lagi karena formulir ini sudah punya draf lain.")
    locked.state = FormVersion.State.DRAFT
    locked.save(update_fields=["state"])
    record("mengambil kembali draf", locked.form, by=by, changes={"versi": [None, locked.number]})


@transaction.atomic
def publish(version: FormVersion, *, seen: str, note: str, by: Actor, now: datetime) -> Changes:
    """Make the draft the version that obligations raised from now on will ask. Never changes again.

    Raises FormRefused for a draft that cannot be asked, or that asks nothing new.
    """
    draft = _draft(version)
    _refuse_stale_version(draft, seen)
    problems = problems_of(draft)
    if problems:
        raise FormRefused(f"Formulir ini belum bisa diterbitkan. {problems[0].text}")
    changes = changes_between(version_in_force(draft.form), draft)
    if not changes:
        raise FormRefused("Tidak ada yang berubah dibanding versi yang berlaku, jadi tidak perlu diterbitkan.")
    draft.state, draft.note = FormVersion.State.PUBLISHED, note
    draft.published_at, draft.published_by_name = now, by.name
    draft.save(update_fields=["state", "note", "published_at", "published_by_name"])
    record("menerbitkan versi", draft.form, by=by, changes={"versi": [None, draft.number]}, reason=note)
    return changes


@transaction.atomic
def add_question(version: FormVersion, *, by: Actor, parent: Indicator | None = None, **values: Any) -> Indicator:
    """A question at the end of its heading, or a column at the end of the table `parent`."""
    draft = _draft(version)
    _refuse_bad_question(draft, values, parent)
    last = Indicator.objects.filter(version=draft, parent=parent).aggregate(last=Max("order"))["last"] or 0
    question = Indicator.objects.create(version=draft, parent=parent, order=last + 1, **values)
    _arrange(draft)
    _record_question("menambah pertanyaan", question, by, {"pertanyaan": [None, question.label]})
    return question


@transaction.atomic
def change_question(question: Indicator, *, seen: str, by: Actor, **values: Any) -> Indicator:
    draft = _draft(question.version)
    locked = _still_there(Indicator, question)
    _refuse_stale(locked, seen)
    _refuse_bad_question(draft, values, locked.parent, locked)
    changes = changed_fields(locked, values)
    for name, value in values.items():
        setattr(locked, name, value)
    locked.save()
    Indicator.objects.filter(version=draft, parent=locked).update(duty_id=locked.duty_id)
    _arrange(draft)
    if changes:
        _record_question("mengubah pertanyaan", locked, by, changes)
    return locked


@transaction.atomic
def remove_question(question: Indicator, *, seen: str, by: Actor) -> dict[str, Any]:
    """Take the question (and a table's columns) out of the draft; returns what put_back needs."""
    _draft(question.version)
    locked = _still_there(Indicator, question)
    _refuse_stale(locked, seen)
    columns = list(Indicator.objects.filter(parent=locked).order_by("order"))
    kept = {**_as_data(locked, QUESTION_FIELDS), "parent": locked.parent.code if locked.parent else None}
    kept |= {"order": locked.order, "columns": [_as_data(column, QUESTION_FIELDS) for column in columns]}
    _record_question("menghapus pertanyaan", locked, by, {"pertanyaan": [locked.label, None]})
    for column in columns:
        column.delete()
    locked.delete()
    return kept


@transaction.atomic
def put_back_question(version: FormVersion, kept: dict[str, Any], *, by: Actor) -> Indicator:
    """Undo remove_question: at its old place, with its columns."""
    draft = _draft(version)
    values = {name: kept[name] for name in QUESTION_FIELDS}
    parent = Indicator.objects.filter(version=draft, code=kept["parent"]).first() if kept["parent"] else None
    if kept["parent"] and parent is None:
        raise FormRefused("Tabel dari kolom ini sudah tidak ada.")
    _refuse_bad_question(draft, values, parent)
    Indicator.objects.filter(version=draft, parent=parent, order__gte=kept["order"]).update(order=F("order") + 1)
    question = Indicator.objects.create(version=draft, parent=parent, order=kept["order"], **values)
    for order, column in enumerate(kept["columns"], start=1):
        Indicator.objects.create(version=draft, parent=question, order=order, **column)
    _arrange(draft)
    _record_question("mengembalikan pertanyaan", question, by, {"pertanyaan": [None, question.label]})
    return question


@transaction.atomic
def move_question(question: Indicator, *, up: bool, by: Actor) -> None:
    """One place up or down under its heading; at the edge nothing happens."""
    draft = _draft(question.version)
    locked = _still_there(Indicator, question)
    siblings = list(
        Indicator.objects.filter(
            version=draft, parent_id=locked.parent_id, duty_id=locked.duty_id, section=locked.section
        ).order_by("order")
    )
    other = _neighbour(siblings, locked, up)
    if other:
        locked.order, other.order = other.order, locked.order
        Indicator.objects.bulk_update([locked, other], ["order"])
        _record_question("memindahkan pertanyaan", locked, by, {"pertanyaan": [locked.label, locked.label]})


@transaction.atomic
def rename_section(version: FormVersion, *, duty_id: int | None, name: str, new: str, by: Actor) -> None:
    """Give the heading of these questions another name; "" takes the heading away and keeps the questions."""
    draft = _draft(version)
    rows = Indicator.objects.filter(version=draft, parent=None, duty_id=duty_id, section=name)
    if not rows.update(section=new.strip()):
        raise Stale("Bagian ini sudah tidak ada; mungkin orang lain baru saja mengubahnya.")
    _arrange(draft)
    record("mengubah bagian", draft.form, by=by, changes={"bagian": [name, new.strip()]})


@transaction.atomic
def move_section(version: FormVersion, *, duty_id: int | None, name: str, up: bool, by: Actor) -> None:
    """The heading with its questions one place up or down among those of the same duty."""
    draft = _draft(version)
    rows = Indicator.objects.filter(version=draft, parent=None, duty_id=duty_id).order_by("order")
    names = list(dict.fromkeys(row.section for row in rows))
    if name not in names:
        raise Stale("Bagian ini sudah tidak ada; mungkin orang lain baru saja mengubahnya.")
    at = names.index(name)
    to = at - 1 if up else at + 1
    if 0 <= to < len(names):
        names[at], names[to] = names[to], names[at]
        _renumber(sorted(rows, key=lambda row: (names.index(row.section), row.order)))
        _arrange(draft)
        record("memindahkan bagian", draft.form, by=by, changes={"bagian": [name, name]})


@transaction.atomic
def add_rule(version: FormVersion, *, by: Actor, order: int | None = None, **values: Any) -> ValidationRule:
    """A rule at the end (or at `order`, to undo a removal). Raises FormRefused for a side that cannot be read."""
    draft = _draft(version)
    _refuse_bad_rule(draft, values)
    rules = rules_in(draft)
    rule = ValidationRule.objects.create(version=draft, order=ASIDE, **values)
    rules.insert(len(rules) if order is None else order - 1, rule)
    _renumber_rules(rules)
    record("menambah aturan", draft.form, by=by, changes={"aturan": [None, str(rule)]})
    return rule


@transaction.atomic
def change_rule(rule: ValidationRule, *, seen: str, by: Actor, **values: Any) -> None:
    draft = _draft(rule.version)
    locked = _still_there(ValidationRule, rule)
    _refuse_stale(locked, seen)
    _refuse_bad_rule(draft, values)
    before = str(locked)
    changes = changed_fields(locked, values)
    for name, value in values.items():
        setattr(locked, name, value)
    locked.save()
    if changes:
        record("mengubah aturan", draft.form, by=by, changes={**changes, "aturan": [before, str(locked)]})


@transaction.atomic
def remove_rule(rule: ValidationRule, *, seen: str, by: Actor) -> dict[str, Any]:
    """Take the rule out of the draft; returns what add_rule needs to put it back."""
    draft = _draft(rule.version)
    locked = _still_there(ValidationRule, rule)
    _refuse_stale(locked, seen)
    kept = {**_as_data(locked, RULE_FIELDS), "order": locked.order}
    record("menghapus aturan", draft.form, by=by, changes={"aturan": [str(locked), None]})
    locked.delete()
    _renumber_rules(rules_in(draft))
    return kept


@transaction.atomic
def move_rule(rule: ValidationRule, *, up: bool, by: Actor) -> None:
    draft = _draft(rule.version)
    locked = _still_there(ValidationRule, rule)
    rules = rules_in(draft)
    other = _neighbour(rules, locked, up)
    if other:
        at, to = rules.index(locked), rules.index(other)
        rules[at], rules[to] = rules[to], rules[at]
        _renumber_rules(rules)
        record("memindahkan aturan", draft.form, by=by, changes={"aturan": [str(locked), str(locked)]})


def copy_questions(source: FormVersion, target: FormVersion) -> None:
    """The questions, columns and rules of one version into another, as they are."""
    for question in questions_in(source):
        copied = Indicator.objects.create(version=target, order=question.order, **_values(question, QUESTION_FIELDS))
        Indicator.objects.bulk_create(
            Indicator(version=target, parent=copied, order=column.order, **_values(column, QUESTION_FIELDS))
            for column in question.columns.all()
        )
    ValidationRule.objects.bulk_create(
        ValidationRule(version=target, order=rule.order, **_values(rule, RULE_FIELDS)) for rule in rules_in(source)
    )


def _new_version(form: ReportForm, by: Actor) -> FormVersion:
    last = FormVersion.objects.filter(form=form).aggregate(last=Max("number"))["last"] or 0
    draft = FormVersion.objects.create(form=form, number=last + 1, created_by_name=by.name)
    record("memulai draf", form, by=by, changes={"versi": [None, draft.number]})
    return draft


def _locked(version: FormVersion) -> FormVersion:
    return FormVersion.objects.select_for_update(of=("self",)).select_related("form").get(pk=version.pk)


def _draft(version: FormVersion) -> FormVersion:
    """The version, locked; raises FormRefused unless it is a draft."""
    locked = _locked(version)
    if locked.state == FormVersion.State.PUBLISHED:
        raise FormRefused("Versi ini sudah terbit, jadi tidak bisa diubah lagi. Buat draf baru dari versi ini.")
    if locked.state == FormVersion.State.DISCARDED:
        raise FormRefused("Draf ini sudah dibuang oleh orang lain. Ambil kembali dulu bila masih diperlukan.")
    return locked


def _still_there(model: type[Any], thing: Any) -> Any:
    found = model.objects.filter(pk=thing.pk).first()
    if found is None:
        raise Stale("Bagian draf ini sudah dihapus orang lain sejak Anda membukanya.")
    return found


def _refuse_stale(thing: Any, seen: str) -> None:
    if fingerprint(thing) != seen:
        raise Stale(
            "Orang lain mengubah ini sejak Anda membukanya. Isian Anda masih ada; bandingkan dengan yang tersimpan, "
            "lalu simpan lagi bila isian Anda yang benar."
        )


def _refuse_stale_version(version: FormVersion, seen: str) -> None:
    if fingerprint_of_version(version) != seen:
        raise Stale("Orang lain mengubah draf ini sejak Anda membukanya. Periksa sekali lagi sebelum melanjutkan.")


def _refuse_bad_question(
    draft: FormVersion, values: dict[str, Any], parent: Indicator | None, itself: Indicator | None = None
) -> None:
    twin = Indicator.objects.filter(version=draft, code=values["code"]).exclude(pk=itself.pk if itself else None)
    if twin.exists():
        raise FormRefused(f"Kode “{values['code']}” sudah dipakai pertanyaan lain di formulir ini.")
    if parent is not None and values["kind"] in Indicator.TABLES:
        raise FormRefused("Kolom tabel tidak boleh berupa tabel lagi.")
    if parent is not None and not parent.is_table:
        raise FormRefused("Kolom hanya bisa ditambahkan pada tabel.")
    if itself and values["kind"] not in Indicator.TABLES and Indicator.objects.filter(parent=itself).exists():
        raise FormRefused("Tabel ini masih punya kolom. Hapus kolomnya dulu sebelum mengganti jenisnya.")


def _refuse_bad_rule(draft: FormVersion, values: dict[str, Any]) -> None:
    errors = rule_errors(values["left"], values["right"], codes_for_rules(questions_in(draft)))
    if errors:
        raise FormRefused(" ".join(error[:1].upper() + error[1:] for error in errors))


def _arrange(draft: FormVersion) -> None:
    """Number the questions so that those under one heading stand together, in the order they had."""
    rows = list(Indicator.objects.filter(version=draft, parent=None).order_by("order", "pk"))
    headings = list(dict.fromkeys((row.duty_id, row.section) for row in rows))
    _renumber(sorted(rows, key=lambda row: (headings.index((row.duty_id, row.section)), row.order, row.pk)))


def _renumber(rows: Iterable[Indicator]) -> None:
    changed = []
    for order, row in enumerate(rows, start=1):
        if row.order != order:
            row.order = order
            changed.append(row)
    Indicator.objects.bulk_update(changed, ["order"])


def _renumber_rules(rules: Sequence[ValidationRule]) -> None:
    """In two steps, since no two rules of a version may have one number at any moment."""
    for base in (ASIDE + 1, 1):
        for order, rule in enumerate(rules, start=base):
            rule.order = order
            rule.save(update_fields=["order"])


def _neighbour(rows: Sequence[Any], row: Any, up: bool) -> Any | None:
    at = [each.pk for each in rows].index(row.pk) + (-1 if up else 1)
    return rows[at] if 0 <= at < len(rows) else None


def _values(row: Any, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _as_data(row: Any, names: Iterable[str]) -> dict[str, Any]:
    """The same as JSON keeps it: decimals as text, which Django reads back."""
    plain = {name: getattr(row, name) for name in names}
    return {name: str(v) if name in ("minimum", "maximum") and v is not None else v for name, v in plain.items()}


def _record_question(verb: str, question: Indicator, by: Actor, changes: dict[str, Any]) -> None:
    record(verb, question.version.form, by=by, changes={"pertanyaan": [question.label, question.label], **changes})
