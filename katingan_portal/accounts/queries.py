from __future__ import annotations

from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from katingan_portal.accounts.models import User, UserSession


def living_sessions(user: User) -> QuerySet[UserSession]:
    """The browsers in which this person is signed in, last seen first."""
    living = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    return UserSession.objects.filter(user=user, session_key__in=living)
