"""Ready-made sign-ins for a development portal with demo people. Never shown in production."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from katingan_portal.tenancy.models import Regency


def demo_sign_ins() -> Sequence[Any]:
    """What the function named by the setting PORTAL_DEMO_SIGN_INS returns: things with label, username, password.

    `description` is shown too where there is one. Empty outside development, or without a demo regency.
    """
    path = getattr(settings, "PORTAL_DEMO_SIGN_INS", "")
    if not (settings.PORTAL_DEVELOPMENT and path and Regency.objects.filter(is_demo=True).exists()):
        return []
    try:
        listed: Sequence[Any] = import_string(path)()
    except ImportError:
        return []
    return listed
