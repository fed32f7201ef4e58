"""A person's own ways in: arriving, switching office, invitations, forgotten passwords, API keys."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from agencies import actions_access, actions_people
from agencies.access import SESSION_KEY, PortalRequest, active_memberships
from agencies.forms_people import ApiTokenForm, ForgotForm, NewAccountForm
from agencies.queries_people import api_tokens_of, posts_of
from katingan_portal.accounts.actions import LinkRefused, sign_in
from katingan_portal.accounts.doors import for_members
from katingan_portal.accounts.models import User

OPEN_TOKENS_AT_MOST = 10


@login_required
@require_http_methods(["GET", "HEAD"])
def arrive(request: HttpRequest) -> HttpResponse:
    """Where signing in leads: on to work, or a friendly word for whoever has no office just now."""
    if cast(PortalRequest, request).membership is None:
        return render(request, "agencies/no_membership.html", {"posts": posts_of(cast(User, request.user))})
    wanted = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return redirect(wanted if safe else "home")


@login_required
@require_POST
def switch_membership(request: HttpRequest) -> HttpResponse:
    wanted = request.POST.get("membership", "")
    own = {str(each.pk): each for each in active_memberships(cast(User, request.user))}
    if wanted not in own:
        raise Http404
    request.session[SESSION_KEY] = own[wanted].pk
    return redirect("home")


@login_required
@require_http_methods(["GET", "HEAD"])
def posts(request: HttpRequest) -> HttpResponse:
    context = {"posts": posts_of(cast(User, request.user)), "tab": "posts"}
    return render(request, "agencies/posts.html", context)


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def api_tokens(request: HttpRequest) -> HttpResponse:
    """POST makes a key for the office one works in just now, and shows it this once."""
    portal = cast(PortalRequest, request)
    user = cast(User, request.user)
    form, secret = ApiTokenForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid() and portal.membership:
        if api_tokens_of(user).filter(revoked_at=None).count() >= OPEN_TOKENS_AT_MOST:
            form.add_error(None, f"Paling banyak {OPEN_TOKENS_AT_MOST} kunci. Cabut kunci yang tidak dipakai lagi.")
        else:
            label = form.cleaned_data["label"]
            _, secret = actions_access.create_api_token(portal.membership, label=label, by=portal.actor)
            form = ApiTokenForm()
    context = {"form": form, "secret": secret, "tokens": api_tokens_of(user), "tab": "api_tokens"}
    return render(request, "agencies/api_tokens.html", context)


@for_members
@require_POST
def revoke_api_token(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(api_tokens_of(cast(User, request.user)), pk=pk)
    actions_access.revoke_api_token(token, by=cast(PortalRequest, request).actor)
    messages.success(request, f"Kunci “{token.label}” dicabut.")
    return redirect("agencies:api_tokens")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgot_password(request: HttpRequest) -> HttpResponse:
    """The same answer whoever was named."""
    form = ForgotForm(request.POST or None)
    asked = request.method == "POST" and form.is_valid()
    if asked:
        portal = cast(PortalRequest, request)
        actions_access.mail_reset_link(form.cleaned_data["name"], request_id=portal.request_id)
    return render(request, "agencies/forgot_password.html", {"form": form, "asked": asked})


@never_cache
@sensitive_post_parameters("new_password", "repeated")
@require_http_methods(["GET", "HEAD", "POST"])
def accept_invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Opening changes nothing. The page is rendered in the visitor's own scope, not the invitation's."""
    try:
        offer = actions_people.open_invitation(secret)
        if request.user.is_authenticated:
            return _accept_as_self(request, offer)
        return _accept_as_newcomer(request, offer)
    except LinkRefused as refusal:
        return render(request, "accounts/link_refused.html", {"reason": str(refusal)}, status=410)


def _accept_as_self(request: HttpRequest, offer: actions_people.Offer) -> HttpResponse:
    context = {"offer": offer, "invitation": offer.invitation, "problem": ""}
    if request.method == "POST":
        portal = cast(PortalRequest, request)
        try:
            taken = actions_people.accept_as(offer, cast(User, request.user), request_id=portal.request_id)
        except actions_people.PeopleRefused as refusal:
            context["problem"] = str(refusal)
        else:
            request.session[SESSION_KEY] = taken.pk
            messages.success(request, f"Selamat bertugas di {offer.invitation.agency}.")
            return redirect("home")
    return render(request, "agencies/accept_as_self.html", context)


def _accept_as_newcomer(request: HttpRequest, offer: actions_people.Offer) -> HttpResponse:
    invitation = offer.invitation
    if User.objects.filter(email=invitation.email).exists():
        return render(request, "agencies/accept_sign_in.html", {"offer": offer, "invitation": invitation})
    newcomer = User(full_name=invitation.full_name, email=invitation.email)
    suggestion = {"username": invitation.email.partition("@")[0].lower()}
    form = NewAccountForm(newcomer, request.POST or None, initial=suggestion)
    if request.method == "POST" and form.is_valid():
        try:
            user = actions_people.accept_as_new_user(
                offer,
                username=form.cleaned_data["username"],
                password=form.cleaned_data["new_password"],
                request_id=cast(PortalRequest, request).request_id,
            )
        except actions_people.PeopleRefused as refusal:
            form.add_error("username", str(refusal))
        else:
            sign_in(request, user)
            messages.success(request, f"Selamat datang, {user}.")
            return redirect("agencies:arrive")
    return render(request, "agencies/accept_invitation.html", {"offer": offer, "invitation": invitation, "form": form})
