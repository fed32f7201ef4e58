"""Signing in and out, and a person's own account. What needs memberships or mail lives in `agencies`."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from katingan_portal.accounts import actions
from katingan_portal.accounts.browsers import browser_in_words
from katingan_portal.accounts.demo import demo_sign_ins
from katingan_portal.accounts.forms import (
    WRONG_CURRENT_PASSWORD,
    ChangePasswordForm,
    NewPasswordForm,
    ProfileForm,
    SignInForm,
    waiting_text,
)
from katingan_portal.accounts.models import User
from katingan_portal.accounts.queries import living_sessions

WRONG = "Nama pengguna atau kata sandi tidak cocok. Periksa huruf besar dan kecilnya, lalu coba lagi."


def own_page(request: HttpRequest, wanted: str) -> str:
    """`wanted` if it is a page of this very host, else ""."""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else ""


def arrival(request: HttpRequest, wanted: str) -> HttpResponse:
    """To the page that knows memberships and leads on from there."""
    query = {"next": own_page(request, wanted)}
    return redirect(reverse("agencies:arrive") + (f"?{urlencode(query)}" if query["next"] else ""))


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    wanted = request.POST.get("next") or request.GET.get("next", "")
    if request.user.is_authenticated:
        return arrival(request, wanted)
    form = SignInForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            user = actions.identify(request, form.cleaned_data["name"], form.cleaned_data["password"])
        except actions.TooManyTries as wait:
            form.add_error(None, f"Terlalu banyak percobaan. {waiting_text(wait.until, timezone.now())}")
            status = 429
        else:
            if user is not None:
                actions.sign_in(request, user)
                return arrival(request, wanted)
            form.add_error(None, WRONG)
    context = {"form": form, "next": own_page(request, wanted), "demo_sign_ins": demo_sign_ins()}
    return render(request, "accounts/sign_in.html", context, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    actions.sign_out(request)
    response = redirect("accounts:sign_in")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


@never_cache
@sensitive_post_parameters("new_password", "repeated")
@require_http_methods(["GET", "HEAD", "POST"])
def access_link(request: HttpRequest, secret: str) -> HttpResponse:
    """A new password through a one-time link. Opening it changes nothing: messengers open links for a preview."""
    try:
        link = actions.open_link(secret)
        form = NewPasswordForm(link.user, request.POST or None)
        if request.method == "POST" and form.is_valid():
            user = actions.use_link(secret, form.cleaned_data["new_password"], request=request)
            actions.sign_in(request, user)
            messages.success(request, "Kata sandi baru tersimpan dan Anda sudah masuk.")
            return arrival(request, "")
    except actions.LinkRefused as refusal:
        return render(request, "accounts/link_refused.html", {"reason": str(refusal)}, status=410)
    return render(request, "accounts/access_link.html", {"form": form, "link": link})


@login_required
@require_http_methods(["GET", "HEAD"])
def security(request: HttpRequest) -> HttpResponse:
    return _security_page(request)


@login_required
@sensitive_post_parameters("current_password")
@require_POST
def edit_profile(request: HttpRequest) -> HttpResponse:
    # A copy: a rejected name must not show in the page's header.
    user = User.objects.get(pk=cast(User, request.user).pk)
    form = ProfileForm(request.POST, instance=user)
    if not form.is_valid():
        return _security_page(request, profile=form)
    if form.needs_password and not _knows_password(request, form):
        return _security_page(request, profile=form)
    data = {name: form.cleaned_data[name] for name in ("full_name", "email", "phone")}
    actions.change_profile(user, by=actions.in_person(user, request), **data)
    messages.success(request, "Data akun tersimpan.")
    return redirect("accounts:security")


@login_required
@sensitive_post_parameters("current_password", "new_password", "repeated")
@require_POST
def change_password(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    form = ChangePasswordForm(user, request.POST)
    if not form.is_valid() or not _knows_password(request, form):
        return _security_page(request, password=form)
    actions.change_password(request, user, form.cleaned_data["new_password"])
    messages.success(request, "Kata sandi diganti. Perangkat lain sudah dikeluarkan.")
    return redirect("accounts:security")


@login_required
@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    user = cast(User, request.user)
    session = get_object_or_404(living_sessions(user).exclude(session_key=request.session.session_key), pk=pk)
    actions.end_session(session, by=actions.in_person(user, request))
    messages.success(request, "Perangkat itu sudah dikeluarkan.")
    return redirect("accounts:security")


@login_required
@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    for session in living_sessions(user).exclude(session_key=request.session.session_key):
        actions.end_session(session, by=actions.in_person(user, request))
    messages.success(request, "Semua perangkat lain sudah dikeluarkan.")
    return redirect("accounts:security")


def _knows_password(request: HttpRequest, form: Form | ProfileForm) -> bool:
    """Whether the form's current password is right; else the error stands on its field."""
    user = cast(User, request.user)
    try:
        if actions.identify(request, user.username, form.cleaned_data["current_password"]):
            return True
    except actions.TooManyTries as wait:
        form.add_error("current_password", waiting_text(wait.until, timezone.now()))
        return False
    form.add_error("current_password", WRONG_CURRENT_PASSWORD)
    return False


def _security_page(
    request: HttpRequest, profile: ProfileForm | None = None, password: ChangePasswordForm | None = None
) -> HttpResponse:
    user = cast(User, request.user)
    context: dict[str, Any] = {
        "profile": profile or ProfileForm(instance=User.objects.get(pk=user.pk)),
        "password": password or ChangePasswordForm(user),
        "sessions": [
            {
                "row": row,
                "browser": browser_in_words(row.browser),
                "is_this": row.session_key == request.session.session_key,
            }
            for row in living_sessions(user)
        ],
        "tab": "security",
    }
    return render(request, "accounts/security.html", context)
