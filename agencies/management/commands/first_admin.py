from __future__ import annotations

import getpass
import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from agencies.actions_people import PeopleRefused, appoint_first_admin
from agencies.mails import page
from agencies.queries_people import administrators
from katingan_portal.accounts.actions import issue_link, set_password
from katingan_portal.accounts.models import AccessLink, User
from katingan_portal.accounts.permissions import Actor
from katingan_portal.tenancy.commands import RegencyCommand
from katingan_portal.tenancy.models import Regency

ASKED = {
    "username": "Nama pengguna / user name",
    "full_name": "Nama lengkap / full name",
    "email": "E-mail (boleh kosong / may be empty)",
}


class Command(RegencyCommand):
    help = "Create the first administrator of a regency; without a password, print a one-time link to set it."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--username", default="")
        parser.add_argument("--full-name", default="")
        parser.add_argument("--email", default="")
        parser.add_argument("--prompt", action="store_true", help="ask for what is missing, and for a password")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
        there = parser.add_mutually_exclusive_group()
        there.add_argument("--another", action="store_true", help="also when the regency has an administrator")
        there.add_argument("--unless-there", action="store_true", help="do nothing when it has one")

    def work(self, regency: Regency, **options: Any) -> None:
        if administrators(regency.pk).exists() and not options["another"]:
            if options["unless_there"]:
                return
            raise CommandError(f"{regency} already has an administrator. Add --another to appoint one more.")
        given = {name: self._value(name, options) for name in ASKED}
        newcomer = _checked(given)
        password = self._password(newcomer, options)
        by = Actor.system("first_admin", source="command")
        try:
            user = appoint_first_admin(regency, **given, by=by).user
        except PeopleRefused as refusal:
            raise CommandError(str(refusal)) from None
        if password:
            set_password(user, password, by=by)
            self.stdout.write(f"{user.username} administers {regency}. Sign in at {page('accounts:sign_in')}")
            return
        _, secret = issue_link(user, AccessLink.Purpose.RESCUE, by=by)
        self.stdout.write(f"{user.username} administers {regency}. Open this once, within 24 hours, to set a password:")
        self.stdout.write(page("accounts:access_link", secret))

    def _value(self, name: str, options: dict[str, Any]) -> str:
        value: str = options[name]
        if not value and options["prompt"]:
            value = input(f"{ASKED[name]}: ")
        value = value.strip()
        return value if name == "full_name" else value.lower()

    def _password(self, newcomer: User, options: dict[str, Any]) -> str:
        if options["password_stdin"]:
            password = sys.stdin.readline().rstrip("\r\n")
        elif options["prompt"]:
            password = getpass.getpass("Kata sandi (kosong: tautan sekali pakai) / password (empty: one-time link): ")
        else:
            return ""
        try:
            if password:
                validate_password(password, newcomer)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        return password


def _checked(given: dict[str, str]) -> User:
    """The user as it would be saved. Raises CommandError for names that are missing, malformed or taken."""
    newcomer = User(**given)
    try:
        newcomer.full_clean(exclude=["password"])
    except ValidationError as error:
        lines = [f"{field}: {' '.join(texts)}" for field, texts in error.message_dict.items()]
        raise CommandError("; ".join(lines)) from None
    if "@" in newcomer.username:
        raise CommandError("username: must not contain @.")
    return newcomer
