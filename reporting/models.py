"""Django finds models here; each concept keeps its own. A test checks that none is forgotten."""

from reporting.chasing.models import ChaseStep, JobRun, LadderStep
from reporting.duties.models import (
    Assignment,
    Decree,
    Duty,
    DutyVersion,
    FormVersion,
    Indicator,
    ReportForm,
    ValidationRule,
)
from reporting.handovers.models import Handover
from reporting.periods.models import DueChange, Extension, Holiday, Obligation, SubdistrictGrace
from reporting.submissions.evidence.models import Evidence
from reporting.submissions.models import AcceptedFigure, Comment, Report, ReportRevision

__all__ = [
    "AcceptedFigure",
    "Assignment",
    "ChaseStep",
    "Comment",
    "Decree",
    "DueChange",
    "Duty",
    "DutyVersion",
    "Evidence",
    "Extension",
    "FormVersion",
    "Handover",
    "Holiday",
    "Indicator",
    "JobRun",
    "LadderStep",
    "Obligation",
    "Report",
    "ReportForm",
    "ReportRevision",
    "SubdistrictGrace",
    "ValidationRule",
]
