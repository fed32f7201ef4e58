"""Other questions and rules for a test: a published version never changes, so there has to be a new one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

from katingan_portal.accounts.permissions import Actor
from reporting.duties.actions_forms import publish, start_draft
from reporting.duties.models import FormVersion
from reporting.duties.queries_forms import fingerprint_of_version
from reporting.periods.models import Obligation

BY = Actor.system("Uji", source="command")


@contextmanager
def another_version(obligation: Obligation) -> Iterator[FormVersion]:
    """A draft of the obligation's form to change; published afterwards, and what every obligation of it then asks."""
    draft = start_draft(obligation.form, by=BY)
    yield draft
    publish(draft, seen=fingerprint_of_version(draft), note="Uji", by=BY, now=timezone.now())
    Obligation.objects.filter(form=obligation.form).update(form_version=draft)
    obligation.refresh_from_db()
