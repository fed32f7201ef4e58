"""Django finds models here; each concept keeps its own. A test checks that none is forgotten."""

from reporting.chasing.models import ChaseHold, ChaseNotice, ChaseStep, Directive, JobRun, LadderStep
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
from reporting.letters.models import Letter, LetterFile, Letterhead, LetterItem, LetterSeries, LetterYear
from reporting.periods.models import (
    Disclaimer,
    DueChange,
    Extension,
    Holiday,
    Obligation,
    Promise,
    SubdistrictGrace,
)
from reporting.reaching.contact_log import ContactLog
from reporting.reaching.models import CalendarFeed
from reporting.submissions.evidence.models import Evidence
from reporting.submissions.models import AcceptedFigure, Comment, Report, ReportRevision

__all__ = [
    "AcceptedFigure",
    "Assignment",
    "CalendarFeed",
    "ChaseHold",
    "ChaseNotice",
    "ChaseStep",
    "Comment",
    "ContactLog",
    "Decree",
    "Directive",
    "Disclaimer",
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
    "Letter",
    "LetterFile",
    "LetterItem",
    "LetterSeries",
    "LetterYear",
    "Letterhead",
    "Obligation",
    "Promise",
    "Report",
    "ReportForm",
    "ReportRevision",
    "SubdistrictGrace",
    "ValidationRule",
]
