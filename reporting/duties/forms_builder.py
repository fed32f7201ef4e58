"""What an administrator fills in to make a report form: its settings, a question, a rule, a publication."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.text import slugify

from katingan_portal.ui.forms import DateField, NumberField
from reporting.duties.expressions import references
from reporting.duties.models import Duty, FormVersion, Indicator, ReportForm, ValidationRule
from reporting.duties.rules import DueKind

Kind = Indicator.Kind
MOST = {DueKind.WEEKDAY: 7, DueKind.DAY_OF_MONTH: 31}
# Its address would be the page that makes a new form.
RESERVED = "baru"
CODE_HELP = "Huruf kecil, angka, dan tanda hubung."


class SettingsForm(forms.ModelForm):
    """How a form is asked. What it asks stands in its versions."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    backdate = forms.BooleanField(
        label="Saya mengerti bahwa kewajiban untuk periode yang sudah lewat ikut dibuat", required=False
    )
    collects_from = DateField(
        label="Mulai ditagih", help_text="Kewajiban dibuat mulai dari periode yang memuat tanggal ini."
    )

    class Meta:
        model = ReportForm
        fields = [
            "name", "purpose", "period_type", "due_kind", "due_count", "due_shift", "review_working_days",
            "correction_working_days", "promise_working_days", "collects_from", "is_portal_default", "is_active",
        ]  # fmt: skip
        widgets = {"purpose": forms.Textarea({"rows": 2})}
        labels = {
            "due_count": "Angka pada cara menghitung tenggat",
            "is_portal_default": "Tenggat ini masih usulan portal, belum ditetapkan kabupaten",
            "is_active": "Aktif: kewajiban dibuat setiap periode",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.asks_about_past:
            self.fields["backdate"].widget = forms.HiddenInput()

    @property
    def asks_about_past(self) -> bool:
        return self.is_bound and "backdate" in self.data

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind, count = cleaned.get("due_kind"), cleaned.get("due_count")
        most = MOST.get(DueKind(kind), 60) if kind else 60
        if count is not None and not 1 <= count <= most:
            self.add_error("due_count", f"Untuk cara ini angkanya antara 1 dan {most}.")
        return cleaned

    def ask_about_past(self, text: str) -> None:
        """Show the tick box that says so, with why it is needed."""
        self.fields["backdate"].widget = forms.CheckboxInput()
        self.add_error("backdate", text)

    @property
    def settings(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class NameForm(forms.Form):
    """The name and code of a new or copied form."""

    name = forms.CharField(label="Nama formulir", max_length=150)
    code = forms.SlugField(
        label="Kode", max_length=40, required=False, help_text=f"{CODE_HELP} Kosongkan: dibuat dari namanya."
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        code = (cleaned.get("code") or slugify(cleaned.get("name", ""))[:40].strip("-")).lower()
        if not code and not self.errors:
            self.add_error("code", "Tulis kode: namanya tidak memuat huruf yang bisa dipakai.")
        if code == RESERVED or (code and ReportForm.objects.filter(code=code).exists()):
            self.add_error("code", f"Kode “{code}” sudah dipakai formulir lain. Tulis kode lain.")
        return {**cleaned, "code": code}


class QuestionForm(forms.ModelForm):
    """One question of a draft, or one column of a table."""

    duty = forms.ModelChoiceField(
        queryset=Duty._base_manager.none(),
        label="Tugas",
        required=False,
        empty_label="Semua pengisi formulir",
        help_text="Kosong berarti ditanyakan kepada semua yang mengisi formulir ini.",
    )
    minimum = NumberField(label="Nilai terkecil", required=False, max_digits=20, decimal_places=4)
    maximum = NumberField(label="Nilai terbesar", required=False, max_digits=20, decimal_places=4)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    options = forms.CharField(
        label="Isi pilihan",
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text="Hanya untuk jenis pilihan: satu pilihan per baris.",
    )

    class Meta:
        model = Indicator
        fields = [
            "label", "help_text", "kind", "unit", "is_required", "duty", "section", "minimum", "maximum", "decimals",
            "options", "aggregation", "warn_change_percent", "code",
        ]  # fmt: skip
        help_texts = {
            "label": "Tulis sehingga pejabat tahu persis apa yang dihitung dan untuk kapan.",
            "help_text": "Apa yang dihitung, apa yang tidak, dan dari bukti apa.",
            "unit": "Misalnya orang, koperasi, kg. Rupiah dan persen sudah punya tanda sendiri.",
            "section": "Judul kelompok pertanyaan; boleh kosong.",
            "decimals": "Untuk bilangan desimal dan persen, paling banyak 4.",
            "aggregation": "Cara menggabung beberapa periode: kegiatan dijumlahkan, keadaan akhir tidak.",
            "warn_change_percent": "Pengisi diminta menjelaskan bila angkanya berubah lebih dari ini sejak laporan "
            "terakhir yang diterima.",
            "code": f"{CODE_HELP} Dipakai dalam aturan dan menghubungkan jawaban antarperiode: bila diganti, dianggap "
            "pertanyaan lain. Kosongkan: dibuat dari pertanyaannya.",
        }

    def __init__(self, *args: Any, version: FormVersion, parent: Indicator | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version, self.parent = version, parent
        self.fields["code"].required = False
        self.fields["duty"].queryset = Duty.objects.order_by("order")  # type: ignore[attr-defined]
        self.initial.setdefault("options", as_lines(self.instance.choices))
        if parent is not None:
            del self.fields["duty"], self.fields["section"]
            columns = [choice for choice in Kind.choices if choice[0] not in Indicator.TABLES]
            self.fields["kind"].choices = columns  # type: ignore[attr-defined]

    def clean_options(self) -> list[dict[str, str]]:
        return as_choices(self.cleaned_data["options"], self.instance.choices)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") == Kind.CHOICE and len(cleaned.get("options", [])) < 2:
            self.add_error("options", "Tulis paling sedikit dua pilihan, satu per baris.")
        low, high = cleaned.get("minimum"), cleaned.get("maximum")
        if low is not None and high is not None and low > high:
            self.add_error("maximum", "Nilai terbesar tidak boleh di bawah nilai terkecil.")
        if (cleaned.get("decimals") or 0) > 4:
            self.add_error("decimals", "Paling banyak 4 angka di belakang koma.")
        cleaned["code"] = (cleaned.get("code") or "").lower() or free_code(self.version, cleaned.get("label", ""))
        return cleaned

    def _post_clean(self) -> None:
        """The instance stays as it was: the action writes, after it has compared what the person saw."""

    @property
    def values(self) -> dict[str, Any]:
        """The question's fields as the action takes them; settings that its kind has no use for are emptied."""
        data, kind = self.cleaned_data, self.cleaned_data["kind"]
        numeric = kind in Indicator.NUMERIC
        duty = self.parent.duty_id if self.parent else (data["duty"].pk if data["duty"] else None)
        countable = numeric or kind == Kind.YES_NO
        return {
            "duty_id": duty,
            "section": "" if self.parent else data["section"].strip(),
            "code": data["code"],
            "label": data["label"],
            "help_text": data["help_text"],
            "unit": data["unit"] if kind in (Kind.COUNT, Kind.NUMBER) else "",
            "kind": kind,
            "is_required": data["is_required"],
            "minimum": data["minimum"] if numeric else None,
            "maximum": data["maximum"] if numeric else None,
            "decimals": (data["decimals"] or 0) if kind in (Kind.NUMBER, Kind.PERCENT) else 0,
            "choices": data["options"] if kind == Kind.CHOICE else [],
            "aggregation": data["aggregation"] if countable else Indicator.Aggregation.NONE,
            "warn_change_percent": data["warn_change_percent"] if numeric else None,
        }


class RuleForm(forms.ModelForm):
    """A rule of a draft. `known` are the codes that its sides may name."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    is_hard = forms.TypedChoiceField(
        label="Bila tidak terpenuhi",
        choices=[("1", "Laporan tidak bisa dikirim"), ("0", "Boleh dikirim setelah dijelaskan sebabnya")],
        coerce=lambda typed: typed == "1",
        widget=forms.RadioSelect,
        initial="1",
    )

    class Meta:
        model = ValidationRule
        fields = ["left", "operator", "right", "message", "is_hard"]
        help_texts = {
            "left": "Misalnya #{anggota-l} + #{anggota-p}",
            "right": "Misalnya #{anggota}. Untuk angka laporan sebelumnya: #{prev:anggota}",
            "message": "Kalimat yang dibaca pengisi, misalnya: Laki-laki ditambah perempuan harus sama dengan jumlah.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["is_hard"] = "1" if self.instance.is_hard else "0"

    def _post_clean(self) -> None:
        """The instance stays as it was: the action writes."""

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}

    def samples(self) -> list[tuple[str, str]]:
        """(code, what was typed as its sample) of every answer that the sides name."""
        sides = f"{self['left'].value() or ''} {self['right'].value() or ''}"
        return [(code, str(self.data.get(f"contoh_{code}", ""))) for code in dict.fromkeys(references(sides))]

    def sample_values(self) -> dict[str, Decimal | None]:
        """The samples as numbers; 0 decimals or a comma, as people type them. What is no number has no value."""
        return {code: _number(typed) for code, typed in self.samples()}


class PublishForm(forms.Form):
    seen = forms.CharField(widget=forms.HiddenInput)
    note = forms.CharField(
        label="Apa yang berubah, dan mengapa",
        max_length=500,
        widget=forms.Textarea({"rows": 2}),
        error_messages={"required": "Tulis satu kalimat; kalimat ini tampil di riwayat formulir."},
    )


class SectionForm(forms.Form):
    duty = forms.IntegerField(required=False)
    name = forms.CharField(required=False, max_length=120)
    new = forms.CharField(required=False, max_length=120, label="Nama bagian")


def as_lines(choices: list[dict[str, str]]) -> str:
    return "\n".join(choice["label"] for choice in choices)


def as_choices(lines: str, before: list[dict[str, str]]) -> list[dict[str, str]]:
    """One choice per line. A label that was there keeps its code, so that earlier answers stay readable."""
    codes = {choice["label"]: choice["code"] for choice in before}
    taken = set(codes.values())
    choices: list[dict[str, str]] = []
    for label in dict.fromkeys(line.strip() for line in lines.splitlines() if line.strip()):
        code = codes.get(label) or _free(slugify(label)[:40] or "pilihan", taken)
        taken.add(code)
        choices.append({"code": code, "label": label})
    return choices


def free_code(version: FormVersion, label: str) -> str:
    """A code from the question's words that the version does not use yet."""
    taken = set(Indicator.objects.filter(version=version).values_list("code", flat=True))
    return _free(slugify(label)[:50].strip("-") or "pertanyaan", taken)


def _free(wanted: str, taken: set[str]) -> str:
    if wanted not in taken:
        return wanted
    return next(code for n in range(2, 10_000) if (code := f"{wanted}-{n}") not in taken)


def _number(typed: str) -> Decimal | None:
    try:
        number = Decimal(typed.strip().replace(".", "").replace(",", "."))
    except ArithmeticError:
        return None
    return number if number.is_finite() else None
