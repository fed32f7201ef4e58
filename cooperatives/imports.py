"""The SIMKOPDES file, one row a village, as a django-import-export resource."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from import_export import fields, widgets
from import_export.instance_loaders import BaseInstanceLoader
from import_export.results import Result
from tablib import Dataset

from cooperatives.actions import AUGUST_2026, Pull, PullReport, VillageFigures, import_simkopdes, pull_of
from cooperatives.models import Cooperative, Figure
from katingan_portal.accounts.permissions import Actor
from katingan_portal.spreadsheets.imports import ImportColumn, ImportKind, register
from katingan_portal.spreadsheets.resources import SafeResource
from katingan_portal.spreadsheets.values import day as day_of
from katingan_portal.spreadsheets.values import kemendagri_code, whole_number
from katingan_portal.spreadsheets.widgets import CellWidget
from katingan_portal.ui.formats import day, number
from villages.models import Village
from villages.queries import nearest, villages_with_subdistrict

DATA = Path(__file__).parent / "data"
COUNTS = (Figure.Kind.ACCOUNTS, Figure.Kind.NPWP, Figure.Kind.NIB, Figure.Kind.ANNUAL_MEETING)
AS_OF = "per_tanggal"
WHOLE = CellWidget(whole_number, required=True)
DAY = CellWidget(day_of, required=True)


class SimkopdesRow:
    """What django-import-export fills from one row: attributes named by column."""

    village: Village
    cooperatives: int

    @property
    def is_one_cooperative(self) -> bool:
        return self.cooperatives == 1

    def __str__(self) -> str:
        return str(getattr(self, "village", ""))

    @property
    def figures(self) -> VillageFigures:
        return VillageFigures(self.village, {kind: getattr(self, kind.value) for kind in Figure.Kind})


class VillageWidget(widgets.Widget):
    """A Kemendagri code → the village; the row's own name must agree, because BPS codes collide with Kemendagri's."""

    def __init__(self) -> None:
        super().__init__()
        self._villages: dict[str, Village] | None = None

    @property
    def villages(self) -> dict[str, Village]:
        if self._villages is None:
            self._villages = {village.code: village for village in villages_with_subdistrict()}
        return self._villages

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Village:
        code, name = kemendagri_code(value), str(row.get("village") or "").strip()
        village = self.villages.get(code)
        fitting = nearest(self.villages.values(), name, str(row.get("kecamatan") or ""))
        if village is None:
            raise ValueError(f"Kode {code!r} tidak dikenal. {_suggestion(fitting)}")
        if name and village not in fitting[:1]:
            raise ValueError(f"Kode {code} milik {village}, bukan {name!r}. {_suggestion(fitting)}")
        return village


class SimkopdesResource(SafeResource):
    """All or nothing: every row is checked, then one action writes them all at the end.

    pull: whose figures these are; without it the file says so itself in its column per_tanggal. A figure that this
    pull already has with another value is an error, or with `drift_allowed` only reported. `report` has what was
    written.
    """

    village = fields.Field(attribute="village", column_name="code")
    cooperatives = fields.Field(attribute="cooperatives", column_name="cooperatives", widget=WHOLE)

    class Meta:
        import_id_fields: list[str] = []
        instance_loader_class = BaseInstanceLoader
        use_bulk = True  # no savepoint per row: rows are only collected, and written together in `after_import`
        skip_diff = True
        skip_unchanged = False

    writes_audit = False

    def __init__(self, by: Actor | None = None, *, pull: Pull | None = None, drift_allowed: bool = False) -> None:
        super().__init__(by=by)
        self.pull = pull
        self.drift_allowed = drift_allowed
        self.rows: list[SimkopdesRow] = []
        self.seen: set[str] = set()
        self.stored: dict[str, dict[str, int]] = {}
        self.report = PullReport()
        for kind in Figure.Kind:
            self.fields[kind.value] = fields.Field(attribute=kind.value, column_name=kind.value, widget=WHOLE)
        # Made here and not in the class: it keeps the villages it read, and the class serves every regency.
        self.fields["village"].widget = VillageWidget()
        if pull is None:
            self.fields["as_of"] = fields.Field(attribute="as_of", column_name=AS_OF, widget=DAY)

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        headers = dataset.headers or []
        missing = [each.column_name for each in self.fields.values() if each.column_name not in headers]
        if missing:
            raise ValidationError(f"Baris judul tidak memuat kolom: {', '.join(missing)}.")
        self.rows, self.seen = [], set()
        self.pull = self.pull or _pull_of_file(dataset)
        self.stored = stored_figures(self.pull.code) if self.pull else {}

    def init_instance(self, row: Any = None) -> SimkopdesRow:
        return SimkopdesRow()

    def get_instance(self, instance_loader: Any, row: Any) -> SimkopdesRow | None:
        """Not None where the cooperative is known, so that the preview says "changed" and not "new"."""
        return SimkopdesRow() if str(row.get("code")) in self.stored else None

    def after_init_instance(self, instance: Any, new: bool, row: Any, **kwargs: Any) -> None:
        """Nothing of one model is stored for a row, so there is nothing to remember it by."""

    def skip_row(self, instance: SimkopdesRow, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        """Unchanged rows. A command's import skips none: the action counts them, and reports drift."""
        if self.drift_allowed or import_validation_errors or not instance.is_one_cooperative:
            return False
        code = instance.village.code
        known = self.stored.get(code, {})
        is_known = all(known.get(kind.value) == getattr(instance, kind.value) for kind in Figure.Kind)
        if not is_known or code in self.seen:
            return False
        self.seen.add(code)
        return True

    def validate_instance(
        self, instance: SimkopdesRow, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        errors = dict(import_validation_errors or {})
        if "cooperatives" not in errors:
            errors |= _wrong_counts(instance, errors)
        if "village" not in errors and instance.village.code in self.seen:
            errors["village"] = [f"{instance.village.code} sudah ada di baris sebelumnya."]
        if "village" not in errors and not self.drift_allowed:
            errors |= _contradictions(instance, self.stored.get(instance.village.code, {}), errors)
        if self.pull and getattr(instance, "as_of", self.pull.as_of) != self.pull.as_of:
            errors["as_of"] = [f"Tanggalnya lain dari baris pertama, {day(self.pull.as_of)}."]
        if errors:
            raise ValidationError(errors)

    def save_instance(self, instance: SimkopdesRow, is_create: bool, row: Any, **kwargs: Any) -> None:
        self.seen.add(instance.village.code)
        if instance.cooperatives:
            self.rows.append(instance)

    def after_import(self, dataset: Dataset, result: Result, **kwargs: Any) -> None:
        if self.pull is None or not self.rows or result.has_errors() or result.has_validation_errors():
            return
        self.report = import_simkopdes([row.figures for row in self.rows], pull=self.pull, by=self.by)
        for each in self.report.added:
            self.remember(each, None)


def stored_figures(source_code: str) -> dict[str, dict[str, int]]:
    """{village code: {kind: value}} of one source; {} for a village whose cooperative it does not mention yet."""
    codes = Cooperative.objects.filter(number=1).values_list("village__code", flat=True)
    stored: dict[str, dict[str, int]] = {code: {} for code in codes}
    figures = Figure.objects.filter(source__code=source_code, cooperative__number=1)
    for code, kind, value in figures.values_list("cooperative__village__code", "kind", "value"):
        stored[code][kind] = value
    return stored


def _pull_of_file(dataset: Dataset) -> Pull | None:
    """The first date that can be read; a row without one carries its own error."""
    for cell in dataset[AS_OF] if len(dataset) else []:
        with suppress(ValueError):
            return pull_of(DAY.clean(cell))
    return None


def _contradictions(row: SimkopdesRow, known: dict[str, int], errors: dict[str, Any]) -> dict[str, list[str]]:
    return {
        kind: [f"Pada tanggal yang sama sudah tercatat {number(value)}. Angka baru perlu tanggal data yang baru."]
        for kind, value in known.items()
        if kind not in errors and getattr(row, kind) != value
    }


def _wrong_counts(row: SimkopdesRow, errors: dict[str, Any]) -> dict[str, list[str]]:
    """A pull counts per village; with several cooperatives nobody could tell which of them a figure means."""
    if row.cooperatives > 1:
        return {"cooperatives": [f"Ada {row.cooperatives} koperasi: angkanya tidak bisa dibagi per koperasi."]}
    return {
        kind.value: [f"{getattr(row, kind.value)} melebihi jumlah koperasi ({row.cooperatives})."]
        for kind in COUNTS
        if kind.value not in errors and getattr(row, kind.value) > row.cooperatives
    }


def _suggestion(villages: list[Village]) -> str:
    if not villages:
        return "Periksa kode dan nama desa/kelurahannya."
    names = [f"{each.code} {each} (Kecamatan {each.subdistrict.name})" for each in villages]
    return f"Mungkin yang dimaksud {' atau '.join(names)}."


def katingan_august_2026() -> Dataset:
    return Dataset().load((DATA / "simkopdes_katingan_2026-08.csv").read_text(encoding="utf-8"), format="csv")


def load_simkopdes(*, by: Actor, dataset: Dataset | None = None, pull: Pull = AUGUST_2026) -> PullReport:
    """Import a file without asking, for commands and tests. Raises ValidationError with every line of errors."""
    resource = SimkopdesResource(by, pull=pull, drift_allowed=True)
    result = resource.import_data(dataset or katingan_august_2026(), dry_run=False)
    problems = error_lines(resource, result)
    if problems:
        raise ValidationError(problems)
    return resource.report


def error_lines(resource: SafeResource, result: Result) -> list[str]:
    """Every error with its row (row 1 is the header) and column, in the words of the screen."""
    if result.base_errors:
        return [_words(each.error) for each in result.base_errors]
    lines = [f"Baris {row.number + 1}: {_words(e.error)}" for row in result.error_rows for e in row.errors]
    for invalid in result.invalid_rows:
        for name, messages in invalid.error.message_dict.items():
            column = resource.fields[name].column_name if name in resource.fields else name
            lines += [f"Baris {invalid.number + 1}, kolom {column}: {message}" for message in messages]
    return lines


def _words(error: Exception) -> str:
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)


register(
    ImportKind(
        key="simkopdes",
        label="SIMKOPDES per desa",
        description=(
            "Satu baris per desa/kelurahan: jumlah koperasi, akun, NPWP, NIB, RAT, simpanan, dan transaksi. "
            "Tiap tanggal data menjadi sumber tersendiri dan tidak menimpa yang lama."
        ),
        resource_factory=SimkopdesResource,
        columns=(
            ImportColumn(AS_OF, "Tanggal data, sama di semua baris.", True, ("per tanggal", "tanggal data")),
            ImportColumn("code", "Kode Kemendagri dengan titik.", True, ("kode", "kode desa")),
            ImportColumn("village", "Nama desa, untuk mencocokkan kodenya.", False, ("desa", "desa/kelurahan")),
            ImportColumn("kecamatan", "Nama kecamatan, untuk mencocokkan kodenya."),
            ImportColumn("cooperatives", "Jumlah koperasi: 0 atau 1.", True, ("jumlah koperasi",)),
            *(ImportColumn(kind.value, f"{kind.label}. Tulis 0 bila tidak ada.", True) for kind in Figure.Kind),
        ),
        sample=(("31/08/2026", "62.06.01.2001", "Galinggang", "Kamipang", 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0),),
    )
)
