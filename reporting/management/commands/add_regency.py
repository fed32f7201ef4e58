"""`manage.py add_regency 62.10 --name "Kabupaten …"`: another district on this installation, ready to use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from agencies.actions import load_agencies, read_agencies
from katingan_portal.accounts.permissions import Actor
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied
from reporting.district import add_regency, prepare_calendar, prepare_reporting
from reporting.duties.actions import read_decree
from villages.actions import load_villages
from villages.imports import UnreadableRows, read_outlines, read_villages

BY = Actor.system("Pendaftaran kabupaten", source="command")


class Command(BaseCommand):
    help = "Add a regency with its calendar, monthly form, ladder and offices; again only adds what is missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", help="Kemendagri code with its dot, e.g. 62.10")
        parser.add_argument("--name", help='e.g. "Kabupaten Pulang Pisau"; needed the first time')
        parser.add_argument("--province", default="")
        parser.add_argument("--time-zone", default="Asia/Jakarta", help="Asia/Jakarta, Asia/Makassar or Asia/Jayapura")
        parser.add_argument("--villages", type=Path, help="CSV with the columns of villages/data/villages.csv")
        parser.add_argument("--boundaries", type=Path, nargs="*", default=[], help="GeoJSON files")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        regency = self._regency(options)
        with applied(Scope(regency.pk)):
            self._load(regency, options)
        self.stdout.write(f"{regency.code} {regency} is ready. Next: manage.py first_admin --regency {regency.code}")

    def _regency(self, options: dict[str, Any]) -> Regency:
        known = Regency.objects.filter(code=options["code"]).first()
        if known:
            return known
        if not options["name"]:
            raise CommandError(f"{options['code']} is new: give its --name.")
        candidate = Regency(code=options["code"], name=options["name"], time_zone=options["time_zone"])
        try:
            candidate.full_clean()
        except ValidationError as problem:
            raise CommandError(f"Not added: {problem}") from None
        regency, _ = add_regency(
            code=options["code"],
            name=options["name"],
            province=options["province"],
            time_zone=options["time_zone"],
            by=BY,
        )
        return regency

    def _load(self, regency: Regency, options: dict[str, Any]) -> None:
        today = regency.local(timezone.now()).date()
        if options["villages"]:
            self._load_villages(options["villages"], options["boundaries"])
        agencies = load_agencies(read_agencies("umum"), by=BY)
        defaults = read_decree("katingan")
        prepare_reporting(defaults["form"], starts_on=today.replace(day=1), by=BY)
        days = prepare_calendar(today, by=BY)
        self.stdout.write(f"Agencies: {agencies.created} new; holidays: {days} new.")

    def _load_villages(self, villages: Path, boundaries: list[Path]) -> None:
        try:
            rows = read_villages(villages.read_text(encoding="utf-8"))
            outlines = read_outlines(*(path.read_text(encoding="utf-8") for path in boundaries))
            report = load_villages(rows, outlines, by=BY)
        except (OSError, UnreadableRows, ValueError, KeyError) as problem:
            raise CommandError(f"Nothing was loaded: {problem}") from None
        self.stdout.write(f"Villages and kecamatan: {report.created} new, {report.unchanged} unchanged.")
        for line in report.drift:
            self.stdout.write(f"DRIFT {line}")
