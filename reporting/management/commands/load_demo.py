"""`manage.py load_demo`: demo people and a year of demo reports, clearly marked; once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from katingan_portal.tenancy.commands import chosen_regency
from reporting.demo import load_demo


class Command(BaseCommand):
    help = "Make demo people and a year of demo reports through the real actions. Never on a live district."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--regency", help="Kemendagri code, e.g. 62.06")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(load_demo(chosen_regency(options["regency"]), now=timezone.now()))
