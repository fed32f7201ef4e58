"""`manage.py load_katingan`: the real district. Can be run again: adds what is missing and reports drift."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone

from agencies.actions import load_agencies, read_agencies
from cooperatives.imports import load_simkopdes
from katingan_portal.accounts.permissions import Actor
from katingan_portal.tenancy.scope import Scope, applied
from reporting.chasing.actions import load_ladder, read_ladder
from reporting.district import add_regency, prepare_calendar
from reporting.duties.actions import load_decree, read_decree
from reporting.duties.actions_shipped import load_forms
from villages.actions import load_villages
from villages.imports import katingan_outlines, katingan_villages

BY = Actor.system("Pemuatan data kabupaten", source="command")


class Command(BaseCommand):
    help = "Load Katingan: 13 kecamatan, 161 villages, the agencies, the decree and its duties, and SIMKOPDES figures."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--apply", action="store_true", help="also overwrite what differs from the files")
        parser.add_argument(
            "--starts-on", type=date.fromisoformat, help="first day of duties and collecting (default: this month)"
        )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        regency, _ = add_regency(
            code="62.06", name="Kabupaten Katingan", province="Kalimantan Tengah", time_zone="Asia/Pontianak", by=BY
        )
        today = regency.local(timezone.now()).date()
        with applied(Scope(regency.pk)):
            self._load(today, options["starts_on"] or today.replace(day=1), apply=options["apply"])

    def _load(self, today: date, starts_on: date, *, apply: bool) -> None:
        places = load_villages(katingan_villages(), katingan_outlines(), by=BY, apply=apply)
        agencies = load_agencies(read_agencies("katingan"), by=BY, apply=apply)
        self.stdout.write(f"Villages and kecamatan: {places.created} new, {places.unchanged} unchanged.")
        self.stdout.write(f"Agencies: {agencies.created} new, {agencies.unchanged} unchanged.")
        decree = read_decree("katingan")
        duties = load_decree(decree, starts_on=starts_on, by=BY)
        forms = load_forms(decree, starts_on=starts_on, by=BY, now=timezone.now())
        steps = load_ladder(read_ladder(), by=BY)
        days = prepare_calendar(today, by=BY)
        self.stdout.write(f"Decree: {duties.created} rows new; forms: {forms.created} rows new.")
        self.stdout.write(f"Ladder: {steps} steps new; holidays: {days} new.")
        pull = load_simkopdes(by=BY)
        self.stdout.write(
            f"SIMKOPDES: {pull.cooperatives} cooperatives, {pull.milestones} milestones, {pull.figures} figures new."
        )
        for line in places.drift + agencies.drift + duties.drift + forms.drift + pull.drift:
            self.stdout.write(f"DRIFT {line}")
