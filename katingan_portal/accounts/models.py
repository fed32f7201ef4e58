from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import ASCIIUsernameValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(username=username.strip().lower(), **fields)
        user.email = (user.email or "").strip().lower()
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(username, password, is_platform_admin=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        """A user by user name or e-mail address, whichever they typed."""
        typed = (username or "").strip().lower()
        if "@" in typed:
            return self.get(email=typed)
        return self.get(username=typed)


class User(AbstractBaseUser):
    """A person who signs in. What they may do stands in their memberships, not here.

    No row-level security: a user must be found before their regency is known. No list or API shows this table.
    """

    username = models.CharField("nama pengguna", max_length=60, unique=True, validators=[ASCIIUsernameValidator()])
    email = models.EmailField("alamat e-mail", blank=True)
    full_name = models.CharField("nama lengkap", max_length=150)
    phone = models.CharField("nomor telepon", max_length=20, blank=True)
    is_active = models.BooleanField("aktif", default=True)
    is_platform_admin = models.BooleanField("admin platform", default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        verbose_name = "pengguna"
        verbose_name_plural = "pengguna"
        constraints = [
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="user_email_once"),
            models.CheckConstraint(
                condition=models.Q(username=Lower("username")) & models.Q(email=Lower("email")),
                name="user_names_are_lower_case",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.username

    @property
    def is_staff(self) -> bool:
        return self.is_platform_admin


class SignInThrottle(models.Model):
    """Failed sign-ins per name and per address; each round of failures doubles the wait."""

    key = models.CharField(max_length=120, unique=True)
    failures = models.PositiveIntegerField(default=0)
    last_failed_at = models.DateTimeField()
    blocked_until = models.DateTimeField(null=True)


class UserSession(models.Model):
    """One signed-in browser, so that its owner can see and end it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="portal_sessions")
    session_key = models.CharField(max_length=40, unique=True)
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    address = models.GenericIPAddressField(null=True)
    browser = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-seen_at"]


class AccessLink(models.Model):
    """A one-time way in without e-mail or password: rescue for who forgot theirs, and the reset mail's link.

    Only the digest is kept. Opening it asks for a new password; it dies by use, by time, or by a newer link.
    """

    class Purpose(models.TextChoices):
        RESCUE = "rescue", "tautan masuk darurat"
        RESET = "reset", "atur ulang kata sandi lewat e-mail"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="access_links")
    purpose = models.CharField(max_length=10, choices=Purpose)
    digest = models.CharField(max_length=64, unique=True)
    issued_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
