"""`manage.py chase --as-of 2026-11-20 --dry-run`: who is late, which step comes, and what the message says."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from katingan_portal.accounts.permissions import Actor
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.commands import RegencyCommand
from katingan_portal.tenancy.models import Regency
from reporting.chasing.digest import compose
from reporting.chasing.engine import chase_regency
from reporting.chasing.models import ChaseNotice, ChaseStep
from reporting.periods.actions import raise_obligations
from reporting.periods.calendar import period_from_key
from reporting.periods.models import Obligation
from reporting.periods.standing import is_overdue


class Command(RegencyCommand):
    help = "Raise what is owed and take the due steps of the chase in one regency; with --dry-run only show it."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--as-of", help="day to pretend it is, YYYY-MM-DD, 12.00 local time; only with --dry-run")
        parser.add_argument("--dry-run", action="store_true", help="print, and change nothing")

    def work(self, regency: Regency, **options: Any) -> None:
        if options["as_of"] and not options["dry_run"]:
            raise CommandError("--as-of moves the clock for a look only: add --dry-run.")
        now = moment_of(options["as_of"], regency) if options["as_of"] else timezone.now()
        with transaction.atomic():
            raise_obligations(regency, now=now, by=Actor.system("manage.py chase", source="command"))
            chase_regency(regency, now=now)
            self.show(regency, now)
            if options["dry_run"]:
                transaction.set_rollback(True)
        self.stdout.write("Dry run: nothing was changed." if options["dry_run"] else "Done; the worker delivers.")

    def show(self, regency: Regency, now: datetime) -> None:
        late = (
            Obligation.objects.filter(is_overdue(now))
            .select_related("agency", "form")
            .order_by("due_at", "agency__code")
        )
        self.stdout.write(f"{regency} as of {regency.local(now):%Y-%m-%d %H.%M}: {late.count()} overdue")
        for obligation in late:
            due = regency.local(obligation.due_at)
            period = period_from_key(obligation.period).label
            self.stdout.write(f"  {obligation.agency.short_name:32} {period:16} due {due:%Y-%m-%d %H.%M}")
        self.show_steps(regency, now)

    def show_steps(self, regency: Regency, now: datetime) -> None:
        steps = ChaseStep.objects.filter(taken_at=now).select_related("obligation__agency")
        self.stdout.write(f"Steps now: {steps.count()}")
        for taken in steps:
            self.stdout.write(
                f"  {taken.obligation.agency.short_name:32} {taken.obligation.period}  {taken.label}"
                f"  [{taken.get_state_display()}, {taken.recipients} recipients]"
            )
        notices = ChaseNotice.objects.filter(taken__taken_at=now)
        opened = Message.objects.filter(pk__in=notices.values("message")).select_related("recipient").order_by("pk")
        self.stdout.write(f"Messages: {opened.count()}")
        for message in opened:
            self.show_message(message, regency, now)

    def show_message(self, message: Message, regency: Regency, now: datetime) -> None:
        to = message.address if message.channel == Message.Channel.EMAIL else message.get_channel_display()
        when = f"{regency.local(message.next_attempt_at):%Y-%m-%d %H.%M}"
        with transaction.atomic():
            words = compose(message, now)
            # Only a look: what composing marks belongs to the sender.
            transaction.set_rollback(True)
        if isinstance(words, str):
            self.stdout.write(f"--- to {message.recipient} ({to}), not sent: {words}")
        else:
            self.stdout.write(f"--- to {message.recipient} ({to}), from {when}: {words.subject}\n{words.text}")


def moment_of(text: str, regency: Regency) -> datetime:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--as-of needs a day like 2026-11-20, not {text!r}.") from None
    return datetime.combine(day, time(12), tzinfo=regency.zone)
