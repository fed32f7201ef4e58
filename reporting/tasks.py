"""Celery finds the tasks of reporting here."""

from reporting.chasing.tasks import tick

__all__ = ["tick"]
