"""`manage.py check_evidence`: does every row of evidence have its files? Exit status 1 if not."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from katingan_portal.tenancy.commands import chosen_regency
from reporting.submissions.evidence.upkeep import damage_of


class Command(BaseCommand):
    help = "Say which rows of evidence lack their file; with --sums, also which file is no longer what it was."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--regency", help="Kemendagri code, e.g. 62.06; needed when there is more than one")
        parser.add_argument("--sums", action="store_true", help="read every file and compare its SHA-256")

    def handle(self, *args: Any, **options: Any) -> None:
        regency = chosen_regency(options["regency"])
        damaged = 0
        for row, what in damage_of(regency, compare=options["sums"]):
            damaged += 1
            self.stdout.write(f"evidence {row.pk} (obligation {row.obligation_id}, agency {row.agency_id}): {what}")
        if damaged:
            raise CommandError(f"{regency}: {damaged} files are missing or changed.")
        self.stdout.write(f"{regency}: every row of evidence has its files.")
