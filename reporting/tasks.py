"""Celery finds the tasks of reporting here."""

from reporting.chasing.tasks import tick
from reporting.chasing.upkeep import prune_runs
from reporting.evidence_jobs import scan_evidence, sweep_evidence
from reporting.letters.tasks import draft_letters

__all__ = ["draft_letters", "prune_runs", "scan_evidence", "sweep_evidence", "tick"]
