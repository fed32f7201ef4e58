"""The door of pages that need a signed-in person in an office."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from agencies.access import PortalRequest

View = Callable[..., HttpResponse]


def for_members(view: View) -> View:
    """Strangers sign in first; a person without a membership in force is told so instead of meeting an empty portal."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if cast(PortalRequest, request).membership is None:
            return redirect("agencies:arrive")
        return view(request, *args, **kwargs)

    return login_required(guarded)
