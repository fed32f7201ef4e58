"""A step of a ladder as a form, and what a preview is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone

from agencies.models import Agency
from katingan_portal.outbox.channels import whatsapp
from katingan_portal.ui.forms import DateField, WholeNumberField
from reporting.chasing.actions import COPIED, Ladder
from reporting.chasing.ladder_rules import DUE_NAMES, Problem, proposed_label
from reporting.chasing.models import Audience, LadderStep, Outside, StepLetter, Tone, every_channel
from reporting.duties.models import ReportForm
from reporting.periods.clocks import Clock
from reporting.periods.models import Obligation

BEFORE, ON, AFTER = "before", "on", "after"
MOST_BEFORE, MOST_AFTER, MOST_REPEAT = 60, 120, 60
FARTHEST = timedelta(days=731)


WITHOUT_WHATSAPP = "Di portal pesannya selalu ada. WhatsApp belum tersambung; pilihannya berlaku begitu tersambung."
NEW = {"side": AFTER, "tone": Tone.FIRM, "channels": every_channel()}


class StepForm(forms.Form):
    """A step in the office's words: so many working days before or after, whom, how."""

    side = forms.ChoiceField(label="Kapan")
    days = WholeNumberField(
        label="Berapa hari kerja",
        min_value=0,
        max_value=MOST_AFTER,
        required=False,
        help_text="Dihitung menurut kalender kerja; hari libur dilewati. Pesannya dibuat pukul 08.00.",
    )
    audiences = forms.MultipleChoiceField(
        label="Penerima",
        choices=Audience.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Operator, pimpinan, dan sekretaris adalah orang-orang dari pihak yang sedang ditunggu.",
    )
    channels = forms.MultipleChoiceField(
        label="Saluran selain portal",
        choices=Outside.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Di portal pesannya selalu ada. WhatsApp hanya untuk yang memintanya di pengaturan pesannya.",
    )
    tone = forms.ChoiceField(label="Nada", choices=Tone.choices)
    letter = forms.ChoiceField(label="Surat yang disiapkan", choices=StepLetter.choices, required=False)
    repeat_every = WholeNumberField(
        label="Diulang setiap berapa hari kerja",
        min_value=0,
        max_value=MOST_REPEAT,
        required=False,
        help_text="0 atau kosong: tidak diulang. Hanya tahap terakhir yang bisa diulang, sampai selesai.",
    )
    is_mandatory = forms.BooleanField(
        label="Wajib", required=False, help_text="Penerima tidak bisa mematikan e-mailnya untuk tahap ini."
    )
    is_urgent = forms.BooleanField(
        label="Mendesak",
        required=False,
        help_text="Berangkat saat itu juga dan tersendiri, bukan dalam ringkasan harian.",
    )
    label = forms.CharField(
        label="Nama tahap",
        max_length=100,
        required=False,
        help_text="Bila dikosongkan, portal menamainya menurut hari dan suratnya.",
    )

    def __init__(self, data: QueryDict | None = None, *, ladder: Ladder, step: LadderStep | None = None) -> None:
        super().__init__(data, initial=_initial(step) if step else NEW)
        self.ladder, self.step = ladder, step
        if not whatsapp.is_configured():
            self.fields["channels"].help_text = WITHOUT_WHATSAPP
        due = DUE_NAMES[ladder.clock]
        sides = [(BEFORE, f"sebelum {due}"), (ON, f"pada hari {due.removeprefix('hari ')}"), (AFTER, f"sesudah {due}")]
        self.fields["side"].choices = sides[:2] if ladder.clock == Clock.PROMISE else sides  # type: ignore[attr-defined]
        if ladder.clock == Clock.PROMISE:
            del self.fields["repeat_every"], self.fields["letter"]

    def clean(self) -> dict[str, Any]:
        """The fields of the step, with its offset; what is said of the ladder as a whole comes from the action."""
        typed = super().clean() or {}
        if "days" in typed and "side" in typed:
            typed["offset"] = self._offset(typed["side"], typed.pop("days"))
        typed.pop("side", None)
        typed["repeat_every"] = typed.get("repeat_every") or 0
        self._refuse_stale_name(typed)
        return typed

    def _offset(self, side: str, days: int | None) -> int:
        if side == ON:
            return 0
        if not days:
            self.add_error("days", "Tulis berapa hari kerja, atau pilih “pada hari …” di bawah.")
        elif side == BEFORE and days > MOST_BEFORE:
            self.add_error("days", f"Paling awal {MOST_BEFORE} hari kerja sebelumnya.")
        return -(days or 0) if side == BEFORE else days or 0

    def _refuse_stale_name(self, typed: dict[str, Any]) -> None:
        """A name that stayed while the day moved would say the old day in every message."""
        moved = self.step is not None and typed.get("offset") not in (None, self.step.offset)
        if self.step and moved and typed.get("label") == self.step.label and _says_its_day(self.step):
            text = f"Nama ini masih menyebut {abs(self.step.offset)} hari. Ubah, atau kosongkan supaya dinamai portal."
            self.add_error("label", text)

    def refuse(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.add_error(problem.field if problem.field in self.fields else None, problem.text)


def _says_its_day(step: LadderStep) -> bool:
    return str(abs(step.offset)) in step.label.split()


def _initial(step: LadderStep) -> dict[str, Any]:
    side = BEFORE if step.offset < 0 else AFTER if step.offset else ON
    values = {name: getattr(step, name) for name in COPIED if name != "offset"}
    if step.label == proposed_label(Clock(step.clock), step.offset, step.letter):
        values["label"] = ""
    return values | {"side": side, "days": abs(step.offset) or None}


class PreviewForm(forms.Form):
    """What a ladder is shown for: whose, around which due day."""

    jam = forms.ChoiceField(label="Yang ditagih", choices=Clock.choices, required=False)
    formulir = forms.ModelChoiceField(
        ReportForm._base_manager.none(), label="Formulir", to_field_name="code", required=False, empty_label=None
    )
    perangkat = forms.ModelChoiceField(
        Agency._base_manager.none(), label="Perangkat daerah", to_field_name="code", required=False, empty_label=None
    )
    tanggal = DateField(label="Jatuh tempo", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["formulir"].queryset = ReportForm.objects.order_by("name")  # type: ignore[attr-defined]
        bearing = Agency.objects.filter(is_slot=False).order_by("name")
        self.fields["perangkat"].queryset = bearing  # type: ignore[attr-defined]

    def value(self, name: str, default: Any) -> Any:
        """What was chosen, or the default for what was not chosen or is not there (any more)."""
        return (self.cleaned_data.get(name) if self.is_valid() or self.is_bound else None) or default

    def suggest(self, obligation: Obligation, clock: Clock, due_on: date) -> None:
        """Show in the fields what an empty choice became."""
        self.data = {
            "jam": clock.value,
            "formulir": obligation.form.code,
            "perangkat": obligation.agency.code,
            "tanggal": due_on.isoformat(),
        }

    @property
    def due_on(self) -> date | None:
        """A day within reach: before the year 1 or after 9999 there is none left to count, and each one is counted."""
        chosen: date | None = self.value("tanggal", None)
        return chosen if chosen and abs(chosen - timezone.localdate()) <= FARTHEST else None
