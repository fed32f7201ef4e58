"""Denyut portal, and what monitoring asks: whether the portal's own jobs are alive and nothing waits too long."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from agencies.access import PortalRequest, require
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.permissions import may
from katingan_portal.accounts.roles import Verb
from reporting.chasing.holds import NotHeld, release
from reporting.chasing.models import ChaseHold, JobRun
from reporting.chasing.pulse import ailments, beats, clock_note, is_silent, waiting

HOME = {"label": "Beranda", "url": "/"}
SHOWN_RUNS, SHOWN_HOLDS = 10, 5
# Nobody signs in to ask, so each process counts through all regencies once in so long, however often it is asked. It
# remembers by itself: the answer must be true while Redis is dead, and what cannot be known is not remembered.
DEEP_HEALTH_SECONDS = 5


@for_members
@require_safe
def heartbeat(request: HttpRequest) -> HttpResponse:
    """Whether the portal's own jobs are alive: the last run of each, what waits, and what is held."""
    require(request, Verb.VIEW_OUTBOX)
    now = timezone.now()
    jobs = beats(now)
    context: dict[str, Any] = {
        "beats": jobs,
        "missed": [beat.job.label.lower() for beat in jobs if beat.is_missed],
        "tick_is_silent": is_silent(now),
        "clock_note": clock_note(),
        "waiting": waiting(now),
        "holds": ChaseHold.objects.exclude(released_at=None)[:SHOWN_HOLDS],
        "may_release": may(cast(PortalRequest, request).actor, Verb.MANAGE_DUTIES),
        "runs": telling_runs(),
        "job_names": {beat.job.key: beat.job.label for beat in jobs},
        "has_scanner": bool(settings.CLAMD_ADDRESS),
        "scan": next(beat.run for beat in jobs if beat.job.key == "evidence_scan"),
        "breadcrumbs": [HOME, {"label": "Denyut portal"}],
    }
    return render(request, "reporting/heartbeat.html", context)


def telling_runs() -> list[JobRun]:
    """The newest runs that did something, failed, or did not end: the others are the heartbeat above."""
    did = Q(acted__gt=0) | Q(failed__gt=0) | Q(held__gt=0) | ~Q(note="") | Q(finished_at=None)
    return list(JobRun.objects.filter(did).order_by("-pk")[:SHOWN_RUNS])


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def release_hold(request: HttpRequest) -> HttpResponse:
    """Lanjutkan penagihan: somebody has looked at why so much was to be sent at once."""
    actor = require(request, Verb.MANAGE_DUTIES)
    now = timezone.now()
    held = waiting(now).hold
    if request.method == "POST":
        try:
            release(by=actor, now=now)
        except NotHeld as refusal:
            messages.info(request, str(refusal))
        else:
            messages.success(request, "Penagihan dilanjutkan pada putaran berikutnya.")
        return redirect("heartbeat")
    crumbs = [HOME, {"label": "Denyut portal", "url": "/denyut/"}, {"label": "Lanjutkan penagihan"}]
    return render(request, "reporting/release_hold.html", {"hold": held, "breadcrumbs": crumbs})


@require_GET
def health(request: HttpRequest) -> JsonResponse:
    """For monitoring: 200 while the database answers; "tick" is "silent" when the jobs have stopped. No names."""
    return JsonResponse({"database": "ok", "tick": "silent" if is_silent(timezone.now()) else "ok"})


@require_GET
def deep_health(request: HttpRequest) -> JsonResponse:
    """For a watch on another machine: 503 with words of what is wrong anywhere on this installation. No names."""
    found = _ailments_of(int(timezone.now().timestamp()) // DEEP_HEALTH_SECONDS)
    return JsonResponse({"well": not found, "wrong": found}, status=503 if found else 200)


@lru_cache(maxsize=1)
def _ailments_of(slice_of_time: int) -> list[str]:
    return ailments(timezone.now())
