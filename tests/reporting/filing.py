"""A form that asks one question of every kind, and what its page is sent."""

from __future__ import annotations

from decimal import Decimal

from katingan_portal.tenancy.scope import applied
from reporting.duties.models import Indicator, ValidationRule
from reporting.periods.models import Obligation
from tests.reporting.versions import another_version

Kind = Indicator.Kind
WAYS = [{"code": "tunai", "label": "Tunai"}, {"code": "kredit", "label": "Kredit"}]
COLUMNS = (("kk", Kind.COUNT, {}), ("ada", Kind.YES_NO, {"is_required": False}))
QUESTIONS = (
    ("anggota", Kind.COUNT, {"label": "Anggota", "unit": "orang", "maximum": Decimal(500), "warn_change_percent": 50}),
    ("luas", Kind.NUMBER, {"label": "Luas gerai", "unit": "m²", "decimals": 2, "is_required": False}),
    ("modal", Kind.MONEY, {"label": "Modal", "is_required": False}),
    ("hadir", Kind.PERCENT, {"label": "Kehadiran", "decimals": 1, "is_required": False}),
    ("rapat", Kind.YES_NO, {"label": "Sudah rapat", "is_required": True}),
    ("cara", Kind.CHOICE, {"label": "Cara bayar", "choices": WAYS, "is_required": False}),
    ("mulai", Kind.DATE, {"label": "Mulai", "is_required": False}),
    ("cerita", Kind.TEXT, {"label": "Cerita", "is_required": False}),
    ("per-desa", Kind.VILLAGE_TABLE, {"label": "Per desa", "is_required": False}),
    ("per-kop", Kind.COOPERATIVE_TABLE, {"label": "Per koperasi", "is_required": False}),
)


def ask_everything(obligation: Obligation, scope) -> None:
    """Let the obligation's form ask one question of every kind, and nothing else."""
    with applied(scope), another_version(obligation) as draft:
        draft.rules.all().delete()
        draft.indicators.filter(parent__isnull=False).delete()
        draft.indicators.all().delete()
        for order, (code, kind, more) in enumerate(QUESTIONS):
            asked = Indicator.objects.create(version=draft, code=code, kind=kind, order=order, **more)
            for place, (name, of, column) in enumerate(COLUMNS if asked.is_table else ()):
                Indicator.objects.create(
                    version=draft, parent=asked, code=f"{name}-{order}", kind=of, order=place, label=name.upper(),
                    **column,
                )  # fmt: skip


def make_rule(obligation: Obligation, scope, left: str, operator: str, right: str, *, is_hard: bool) -> None:
    with applied(scope), another_version(obligation) as draft:
        ValidationRule.objects.create(
            version=draft, order=1, left=left, operator=operator, right=right, message="Periksa.", is_hard=is_hard
        )


def posted(version: int = 0, session: str = "0" * 16, **answers: str) -> dict[str, str]:
    """The fields of the page: angka_<code> for each answer, "_" in a name standing for "-"."""
    named = {f"angka_{code.replace('_', '-')}": typed for code, typed in answers.items()}
    return {"version": str(version), "session": session, **named}
