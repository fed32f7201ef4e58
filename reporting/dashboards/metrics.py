"""Figures for Prometheus, read from rows when they are asked for: nothing is counted in a process that may die."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_GET
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from katingan_portal.outbox.doorbell import doorbell
from reporting.chasing.pulse import LABELS, Beat, Total, beats, totals

# {figure of portal_totals: (metric, what it is, its labels)}
METRICS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "backlog": ("portal_chase_backlog", "Obligations and directives due to be looked at, of regencies not held", ()),
    "backlog_oldest_seconds": ("portal_chase_backlog_oldest_seconds", "How long the first of them has waited", ()),
    "holds": ("portal_chase_holds", "Regencies whose chase waits for a person", ()),
    "steps_of_day": ("portal_chase_steps_last_day", "Steps taken in the last 24 hours", ("state", "clock")),
    "messages": ("portal_messages_open", "Messages that have not left for good", LABELS),
    "messages_oldest_seconds": ("portal_messages_oldest_seconds", "How long the first due message has waited", ()),
    "unknown_oldest_seconds": ("portal_messages_unknown_oldest_seconds", "Age of the oldest unknown outcome", ()),
    "messages_of_day": ("portal_messages_ended_last_day", "Messages written in 24 hours, by how they ended", LABELS),
}


@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """404 without PORTAL_METRICS_TOKEN, or with another: as if there were no such page."""
    token, said = settings.PORTAL_METRICS_TOKEN, request.headers.get("Authorization", "")
    if not token or not constant_time_compare(said, f"Bearer {token}"):
        raise Http404
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Rows(timezone.now()))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Rows(Collector):
    """One scrape: sums over all regencies, the last run of each job, and this process's doorbell."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterable[Metric]:
        found = totals(self.now)
        for name, (metric, text, labels) in METRICS.items():
            yield _family(metric, text, labels, [total for total in found if total.name == name])
        yield from _runs(beats(self.now))
        missed = GaugeMetricFamily("portal_doorbell_missed", "Rings the broker did not take", labels=["process"])
        missed.add_metric([f"{socket.gethostname()}:{os.getpid()}"], doorbell.missed)
        yield missed


def _family(metric: str, text: str, labels: tuple[str, ...], found: list[Total]) -> Metric:
    family = GaugeMetricFamily(metric, text, labels=labels)
    for total in found:
        # The clock of a step comes in the column "kind".
        said = {**total.labels, "clock": total.labels.get("kind", "")}
        family.add_metric([said.get(label, "") for label in labels], total.value)
    return family


def _runs(found: list[Beat]) -> Iterable[Metric]:
    at = GaugeMetricFamily("portal_job_last_success_timestamp_seconds", "Last complete run", labels=["job"])
    counts = GaugeMetricFamily("portal_job_last_count", "What that run did", labels=["job", "what"])
    missed = GaugeMetricFamily("portal_job_missed", "1 where a job should have run and has not", labels=["job"])
    for beat in found:
        missed.add_metric([beat.job.key], int(beat.is_missed))
        if beat.run and beat.run.finished_at:
            at.add_metric([beat.job.key], beat.run.finished_at.timestamp())
            for what in ("checked", "acted", "failed", "held"):
                counts.add_metric([beat.job.key, what], getattr(beat.run, what))
    return at, counts, missed
