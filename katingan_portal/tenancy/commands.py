"""The base of management commands that work inside one regency."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import Scope, applied


class RegencyCommand(BaseCommand):
    """Adds `--regency <code>` (may be left out while there is only one) and opens its scope around `work`."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--regency", help="Kemendagri code, e.g. 62.06; needed when there is more than one")

    def handle(self, *args: Any, **options: Any) -> None:
        regency = chosen_regency(options["regency"])
        with applied(Scope(regency.pk)):
            self.work(regency, **{name: value for name, value in options.items() if name != "regency"})

    def work(self, regency: Regency, **options: Any) -> None:
        raise NotImplementedError


def chosen_regency(code: str | None) -> Regency:
    if code:
        regency = Regency.objects.filter(code=code).first()
        if regency is None:
            raise CommandError(f"There is no regency {code}. Known: {_known_codes() or 'none'}.")
        return regency
    regencies = list(Regency.objects.all()[:2])
    if len(regencies) != 1:
        raise CommandError(f"Say which regency with --regency. Known: {_known_codes() or 'none'}.")
    return regencies[0]


def _known_codes() -> str:
    return ", ".join(Regency.objects.values_list("code", flat=True))
