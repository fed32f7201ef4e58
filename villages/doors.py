"""The door of this app's pages; `agencies.doors` lies above it and cannot be used here."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

View = Callable[..., HttpResponse]


def for_staff(view: View) -> View:
    """Villages are readable by all staff: signed in, with a membership in force."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if getattr(request, "membership", None) is None:
            return redirect("agencies:arrive")
        return view(request, *args, **kwargs)

    return login_required(guarded)
