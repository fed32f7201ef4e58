"""`manage.py sweep_evidence`: erase files of evidence that no row needs any more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from katingan_portal.tenancy.commands import chosen_regency
from reporting.submissions.evidence.upkeep import GRACE, sweep


class Command(BaseCommand):
    help = "Erase evidence files that no row needs: left by a kill, removed from a draft, or quarantined."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--regency", help="Kemendagri code, e.g. 62.06; needed when there is more than one")
        parser.add_argument("--days", type=int, default=GRACE.days, help="how old such a file must be")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be erased")

    def handle(self, *args: Any, **options: Any) -> None:
        regency = chosen_regency(options["regency"])
        grace = timedelta(days=options["days"])
        done = sweep(regency, now=timezone.now(), grace=grace, dry_run=options["dry_run"])
        for path in done.erased:
            self.stdout.write(path)
        verb = "would be erased" if options["dry_run"] else "erased"
        self.stdout.write(f"{regency}: {done.kept} files kept, {len(done.erased)} {verb}.")
