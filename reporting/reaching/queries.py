from __future__ import annotations

from reporting.periods.models import Obligation
from reporting.reaching.models import ContactLog


def contacts_about(obligation: Obligation) -> list[ContactLog]:
    """Who wrote to whom by hand about the obligation, newest first."""
    return list(ContactLog.objects.filter(obligation=obligation))
