"""Celery finds the tasks of reporting here."""

from reporting.chasing.tasks import tick
from reporting.evidence_jobs import scan_evidence, sweep_evidence

__all__ = ["scan_evidence", "sweep_evidence", "tick"]
