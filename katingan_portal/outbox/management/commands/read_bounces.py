"""`manage.py read_bounces`: the beat's work on bounces by hand, or one letter from a mail server's pipe."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from katingan_portal.outbox import bounces
from katingan_portal.outbox.dsn import bounces_in
from katingan_portal.tenancy.scope import platform_work


class Command(BaseCommand):
    help = "Mark messages that came back, from a Maildir (default: PORTAL_BOUNCE_MAILDIR) or, with -, from one letter."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", nargs="?", default=settings.PORTAL_BOUNCE_MAILDIR)

    def handle(self, *args: Any, source: str, **options: Any) -> None:
        if not source:
            raise CommandError("Name a Maildir, or set PORTAL_BOUNCE_MAILDIR.")
        with platform_work("read_bounces"):
            count = self._from_letter() if source == "-" else self._from_maildir(Path(source))
        self.stdout.write(f"{count} messages came back.")

    def _from_maildir(self, folder: Path) -> int:
        try:
            return bounces.read_maildir(folder, timezone.now())
        except FileNotFoundError as error:
            raise CommandError(f"{folder} is no Maildir.") from error

    def _from_letter(self) -> int:
        now = timezone.now()
        done = [bounces.apply_bounce(bounce, now) for bounce in bounces_in(sys.stdin.buffer.read())]
        if None in done:
            # EX_TEMPFAIL: a mail server keeps the letter and pipes it again.
            raise CommandError("The message is on its way just now; try again.", returncode=75)
        return sum(map(bool, done))
