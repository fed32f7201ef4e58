from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from katingan_portal.accounts.models import User


class NameOrEmailBackend(BaseBackend):
    """Signs in with user name or e-mail. Permissions come from memberships (`may`), never from here."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        try:
            user = User.objects.get_by_natural_key(username)
        except User.DoesNotExist:
            User().set_password(password)  # the same time as for a known name
            return None
        return user if user.check_password(password or "") and user.is_active else None

    def get_user(self, user_id: int) -> User | None:
        """An inactive user's sessions die at once: this is asked on every request."""
        return User.objects.filter(pk=user_id, is_active=True).first()
