"""What the checks find odd in many reports at once, with as many queries as for one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reporting.duties.models import ValidationRule
from reporting.periods.models import Obligation
from reporting.periods.queries import questions_by_obligation
from reporting.submissions import checks
from reporting.submissions.checks import Finding
from reporting.submissions.models import Report
from reporting.submissions.queries import accepted_answers_of, last_accepted_before


def findings_of(reports: Sequence[Report]) -> dict[int, list[Finding]]:
    """{report id: its findings}, explained ones included: the reviewer judges the explanation."""
    filled = [report for report in reports if not report.is_nil]
    obligations = [report.obligation for report in filled]
    asked = questions_by_obligation(obligations)
    rules = _rules_by_version({each.form_version_id for each in obligations})
    previous = previous_answers(obligations)
    found = {
        report.pk: checks.findings(
            asked[report.obligation_id],
            rules.get(report.obligation.form_version_id, []),
            report.figures,
            previous.get(report.obligation_id, {}),
        )
        for report in filled
    }
    return {report.pk: found.get(report.pk, []) for report in reports}


def previous_answers(obligations: Sequence[Obligation]) -> dict[int, dict[str, Any]]:
    """{obligation id: answers of the last accepted report before it}."""
    before = last_accepted_before(obligations)
    answers = accepted_answers_of({each.pk for each in before.values()})
    return {pk: answers.get(each.pk, {}) for pk, each in before.items()}


def _rules_by_version(version_ids: set[int]) -> dict[int, list[ValidationRule]]:
    grouped: dict[int, list[ValidationRule]] = {}
    for rule in ValidationRule.objects.filter(version_id__in=version_ids):
        grouped.setdefault(rule.version_id, []).append(rule)
    return grouped
