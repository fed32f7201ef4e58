"""A plausible answer to every question of an obligation, tables included."""

from __future__ import annotations

from typing import Any

from reporting.duties.models import Indicator
from reporting.periods.models import Obligation
from reporting.periods.queries import questions_of
from reporting.submissions.tables import rows_of

PLAIN: dict[str, Any] = {"yes_no": True, "date": "2026-10-01", "text": "Berjalan sesuai rencana."}


def answer(asked: Indicator, value: int, obligation: Obligation) -> Any:
    if asked.is_table:
        rows = rows_of(asked, obligation.agency)
        return {row.key: {c.code: answer(c, value, obligation) for c in asked.columns.all()} for row in rows}
    if asked.kind == "choice":
        return asked.choices[0]["code"]
    return value if asked.is_numeric else PLAIN[asked.kind]


def answers_to(obligation: Obligation, value: int) -> dict[str, Any]:
    return {asked.code: answer(asked, value, obligation) for asked in questions_of(obligation)}
