"""Django finds models here; each concept keeps its own. A test checks that none is forgotten."""

from reporting.chasing.models import ChaseStep, JobRun, LadderStep
from reporting.duties.models import Assignment, Decree, Duty, Indicator, ReportForm
from reporting.periods.models import Holiday, Obligation
from reporting.submissions.models import AcceptedFigure, Report, ReportRevision

__all__ = [
    "AcceptedFigure",
    "Assignment",
    "ChaseStep",
    "Decree",
    "Duty",
    "Holiday",
    "Indicator",
    "JobRun",
    "LadderStep",
    "Obligation",
    "Report",
    "ReportForm",
    "ReportRevision",
]
