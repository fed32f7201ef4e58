"""`manage.py demo_sign_ins`: how to sign in as each demo role; nothing where there are no demo people."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from katingan_portal.accounts.models import User
from reporting.demo import PASSWORD, SIGN_INS


class Command(BaseCommand):
    help = "Print the demo sign-ins."

    def handle(self, *args: Any, **options: Any) -> None:
        there = set(User.objects.filter(username__startswith="demo.").values_list("username", flat=True))
        for sign_in in SIGN_INS:
            if sign_in.username in there:
                self.stdout.write(f"{sign_in.username:28} {PASSWORD}   {sign_in.label}")
