"""Tells the worker that something waits. Only a courtesy: a lost ring costs 15 seconds, never a message."""

from __future__ import annotations

import threading

import structlog
from celery import current_app
from django.db import connection, transaction

log = structlog.get_logger(__name__)


class Doorbell:
    """Rings in the background, so that no request ever waits for a broker that is gone or silent."""

    def __init__(self) -> None:
        self.missed = 0
        self._wanted = threading.Event()
        self._ringing = threading.Lock()

    def ring(self) -> None:
        self._wanted.set()
        if self._ringing.acquire(blocking=False):
            threading.Thread(target=self._work_off, name="doorbell", daemon=True).start()

    def ring_on_commit(self) -> None:
        """Once per transaction, however many messages it writes."""
        if not any(hook[1] == self.ring for hook in connection.run_on_commit):
            transaction.on_commit(self.ring, robust=True)

    def _work_off(self) -> None:
        try:
            while self._wanted.is_set():
                self._wanted.clear()
                self._ring_once()
        finally:
            self._ringing.release()

    def _ring_once(self) -> None:
        try:
            current_app.send_task("outbox.deliver", expires=14, retry=False)
        except Exception as error:
            self.missed += 1
            log.warning("doorbell_missed", missed=self.missed, error=str(error)[:200])


doorbell = Doorbell()
