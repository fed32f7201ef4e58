"""Where the kinds of spreadsheets are looked for; each concept has its own."""

from reporting.duties.imports import AssignmentResource

__all__ = ["AssignmentResource"]
