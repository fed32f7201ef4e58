"""Celery finds the tasks of reporting here."""

from reporting.chasing.tasks import tick
from reporting.evidence_jobs import scan_evidence, sweep_evidence
from reporting.letters.tasks import draft_letters

__all__ = ["draft_letters", "scan_evidence", "sweep_evidence", "tick"]
