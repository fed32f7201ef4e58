"""A person's digest at the moment it leaves: what is still owed, and still theirs to know, in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from agencies.models import Membership
from katingan_portal.accounts.roles import ROLES, Verb
from katingan_portal.outbox.framing import Letter
from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import current_regency_id
from reporting.chasing.models import ChaseNotice, ChaseStep, Directive
from reporting.chasing.wording import Wording, word
from reporting.periods.clocks import Clock, running_clock
from reporting.periods.models import Disclaimer
from reporting.periods.queries import coordinator_id

SETTLED = "sudah diselesaikan sebelum pesan ini berangkat"
MOVED = "tenggat atau gilirannya sudah berubah"
NOT_THEIRS = "penerima tidak lagi bertugas untuk hal ini"
NOTHING_LEFT = "Semua yang akan disebut sudah diselesaikan atau bukan lagi urusan penerima."


def compose(message: Message, now: datetime) -> Letter | str:
    """The words of a digest, or why nothing is left to say. Marks each notice as included or dropped, with a reason."""
    regency = Regency.objects.get(pk=current_regency_id())
    notices = list(_notices(message))
    reader = Reader.load(message.recipient_id, regency.local(now).date())
    verdicts = {notice: why_not(notice, reader) for notice in notices}
    _mark(verdicts)
    kept = [notice for notice, reason in verdicts.items() if reason is None]
    if not kept:
        return NOTHING_LEFT
    said = without_twins(kept)
    return word(Wording(str(message.recipient), regency, now, said, disputed_among(said)))


class Reader:
    """What one person may hear of: the agencies whose reports they work on, everything when their role reads all,
    reviews where they review. Somebody who is in an office for other things hears nothing of its reports."""

    def __init__(self, agency_ids: set[int], reads_all: bool, coordinator: int | None) -> None:
        self.agency_ids, self.reads_all = agency_ids, reads_all
        self.reviews = coordinator in agency_ids

    @classmethod
    def load(cls, user_id: int | None, today: date) -> Reader:
        posts = Membership.objects.filter(regency_id=current_regency_id(), user=user_id).on(today)
        rows = list(posts.values_list("agency_id", "role"))
        reads_all = any(ROLES[role].reads_every_agency for _, role in rows)
        own = {agency for agency, role in rows if Verb.READ_DRAFT in ROLES[role].own_agency}
        return cls(own, reads_all, coordinator_id())

    def may_hear_of(self, taken: ChaseStep) -> bool:
        is_review = taken.clock == Clock.REVIEW and self.reviews
        return self.reads_all or is_review or taken.obligation.agency_id in self.agency_ids


def why_not(notice: ChaseNotice, reader: Reader) -> str | None:
    """None while the notice holds, or the reason (Indonesian) why it is not said any more."""
    taken = notice.taken
    if not reader.may_hear_of(taken):
        return NOT_THEIRS
    if taken.directive is not None:
        return None if taken.directive.state == Directive.State.OPEN else SETTLED
    running = running_clock(taken.obligation)
    if running is None:
        return SETTLED
    return None if running == (taken.clock, taken.due_at) else MOVED


def without_twins(notices: Iterable[ChaseNotice]) -> list[ChaseNotice]:
    """The latest notice of each clock, the longest due first: a digest that waited may hold two steps of one."""
    latest: dict[tuple[int, int | None, str], ChaseNotice] = {}
    for notice in sorted(notices, key=lambda each: each.taken_id):
        latest[notice.taken.obligation_id, notice.taken.directive_id, notice.taken.clock] = notice
    return sorted(latest.values(), key=lambda each: (each.taken.due_at, each.taken_id))


def _notices(message: Message) -> Iterable[ChaseNotice]:
    rows = ChaseNotice.objects.filter(message=message)
    return rows.select_related("taken__obligation__agency", "taken__obligation__form", "taken__directive")


def disputed_among(notices: Iterable[ChaseNotice]) -> frozenset[int]:
    """Obligations whose agency says that they are not its duty, while nobody has decided."""
    said = Disclaimer.objects.filter(
        state=Disclaimer.State.OPEN, obligation__in={notice.taken.obligation_id for notice in notices}
    )
    return frozenset(said.values_list("obligation_id", flat=True))


def _mark(verdicts: dict[ChaseNotice, str | None]) -> None:
    """A statement for each verdict, of which there are few, however many notices there are."""
    for reason in set(verdicts.values()):
        state = ChaseNotice.State.DROPPED if reason else ChaseNotice.State.INCLUDED
        same = [notice.pk for notice, verdict in verdicts.items() if verdict == reason]
        ChaseNotice.objects.filter(pk__in=same).update(state=state, reason=reason or "")
