"""The SIMKOPDES file, one row a village, as a django-import-export resource."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from import_export import fields, resources, widgets
from import_export.instance_loaders import BaseInstanceLoader
from import_export.results import Result
from tablib import Dataset

from cooperatives.actions import AUGUST_2026, Pull, PullReport, VillageFigures, import_simkopdes
from cooperatives.models import Figure
from katingan_portal.accounts.permissions import Actor
from katingan_portal.spreadsheets.values import kemendagri_code, whole_number
from villages.models import Village
from villages.queries import nearest, villages_with_subdistrict

DATA = Path(__file__).parent / "data"
COUNTS = (Figure.Kind.ACCOUNTS, Figure.Kind.NPWP, Figure.Kind.NIB, Figure.Kind.ANNUAL_MEETING)
AMOUNTS = tuple(kind for kind in Figure.Kind if kind not in COUNTS)


class SimkopdesRow:
    """What django-import-export fills from one row: attributes named by column."""

    village: Village
    cooperatives: int

    def __str__(self) -> str:
        return str(getattr(self, "village", ""))

    @property
    def figures(self) -> VillageFigures:
        return VillageFigures(self.village, {kind: getattr(self, kind.value) for kind in Figure.Kind})


class WholeNumberWidget(widgets.Widget):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int:
        number = whole_number(value)
        if number is None:
            raise ValueError("Angka ini kosong. Tulis 0 bila memang tidak ada.")
        return number


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


class SimkopdesResource(resources.Resource):
    """All or nothing: every row is checked, then one action writes them all at the end.

    Give `by` and, for another pull than August 2026, `pull` to the constructor. `report` has what was written.
    """

    village = fields.Field(attribute="village", column_name="code", widget=VillageWidget())
    cooperatives = fields.Field(attribute="cooperatives", column_name="cooperatives", widget=WholeNumberWidget())

    class Meta:
        import_id_fields: list[str] = []
        instance_loader_class = BaseInstanceLoader
        use_transactions = True
        use_bulk = True  # no savepoint per row: rows are only collected, and written together in `after_import`
        skip_diff = True

    def __init__(self, *, by: Actor, pull: Pull = AUGUST_2026, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.by = by
        self.pull = pull
        self.rows: list[SimkopdesRow] = []
        self.seen: set[str] = set()
        self.report = PullReport()
        for kind in Figure.Kind:
            self.fields[kind.value] = fields.Field(
                attribute=kind.value, column_name=kind.value, widget=WholeNumberWidget()
            )
        # A widget of its own: it keeps the villages it read, and a class's widget would serve another regency too.
        self.fields["village"].widget = VillageWidget()

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        missing = [each.column_name for each in self.fields.values() if each.column_name not in (dataset.headers or [])]
        if missing:
            raise ValidationError(f"Baris judul tidak memuat kolom: {', '.join(missing)}.")
        self.rows, self.seen = [], set()

    def init_instance(self, row: Any = None) -> SimkopdesRow:
        return SimkopdesRow()

    def get_instance(self, instance_loader: Any, row: Any) -> None:
        return None

    def validate_instance(
        self, instance: SimkopdesRow, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        errors = dict(import_validation_errors or {})
        if "cooperatives" not in errors:
            errors |= _wrong_counts(instance, errors)
        if "village" not in errors and instance.village.code in self.seen:
            errors["village"] = [f"{instance.village.code} sudah ada di baris sebelumnya."]
        if errors:
            raise ValidationError(errors)

    def save_instance(self, instance: SimkopdesRow, is_create: bool, row: Any, **kwargs: Any) -> None:
        self.seen.add(instance.village.code)
        if instance.cooperatives:
            self.rows.append(instance)

    def after_import(self, dataset: Dataset, result: Result, **kwargs: Any) -> None:
        if result.has_errors() or result.has_validation_errors():
            return
        self.report = import_simkopdes([row.figures for row in self.rows], pull=self.pull, by=self.by)


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
    resource = SimkopdesResource(by=by, pull=pull)
    result = resource.import_data(
        dataset or katingan_august_2026(), dry_run=False, rollback_on_validation_errors=True
    )
    problems = error_lines(resource, result)
    if problems:
        raise ValidationError(problems)
    return resource.report


def error_lines(resource: resources.Resource, result: Result) -> list[str]:
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
