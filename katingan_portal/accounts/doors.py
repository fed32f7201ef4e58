"""The door of pages that show rows of a regency: every such view stands behind it, before it reads anything."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

View = Callable[..., HttpResponse]


def for_members(view: View) -> View:
    """Strangers sign in first; a person without a membership in force is told so instead of meeting an empty portal."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if getattr(request, "membership", None) is None:
            return redirect("agencies:arrive")
        return view(request, *args, **kwargs)

    return login_required(guarded)
