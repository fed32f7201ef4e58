"""Who hears of a step: the people of one regency in office on a day, read once for many obligations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from agencies.models import Agency, Membership
from katingan_portal.outbox.contacts import chosen_contacts
from katingan_portal.outbox.models import Contact
from katingan_portal.tenancy.scope import current_regency_id
from reporting.chasing.models import Audience
from reporting.periods.clocks import Clock

ROLES_OF_AUDIENCE = {
    Audience.OPERATOR: ("operator", "subdistrict_operator"),
    Audience.HEAD: ("head", "camat"),
    Audience.DEPUTY: ("deputy",),
    Audience.COORDINATOR: ("coordinator",),
    Audience.SECRETARY: ("executive",),
    Audience.EXECUTIVE: ("executive",),
}
SECRETARIAT, REGENTS_OFFICE = "setda", "bupati"


@dataclass(frozen=True)
class Person:
    """Somebody to tell. works_saturday: their office, for the hour of the digest."""

    user_id: int
    email: str
    works_saturday: bool


@dataclass
class Directory:
    """people: {(agency id, role): those in office}. Nobody of them is inactive. contacts: of those who chose any."""

    agencies: dict[int, Agency]
    people: dict[tuple[int, str], list[Person]]
    contacts: dict[int, Contact]
    today: date
    default: Contact = field(default_factory=Contact)
    _found: dict[tuple[int, tuple[str, ...]], dict[int, tuple[Person, Audience]]] = field(default_factory=dict)

    @classmethod
    def load(cls, today: date) -> Directory:
        agencies = Agency.objects.in_bulk()
        rows = Membership.objects.filter(regency_id=current_regency_id(), user__is_active=True).on(today)
        people: dict[tuple[int, str], list[Person]] = {}
        for agency_id, role, user_id, email in rows.order_by("user_id").values_list(
            "agency_id", "role", "user_id", "user__email"
        ):
            office = agencies[agency_id]
            people.setdefault((agency_id, role), []).append(Person(user_id, email, office.works_saturday))
        users = {person.user_id for group in people.values() for person in group}
        return cls(agencies, people, chosen_contacts(users), today)

    @property
    def coordinator_id(self) -> int | None:
        return next((agency.pk for agency in self.agencies.values() if agency.is_coordinator), None)

    def party(self, clock: Clock, agency_id: int) -> int:
        """The agency whose turn it is: who reviews, or who owes."""
        return (self.coordinator_id or agency_id) if clock == Clock.REVIEW else agency_id

    def recipients(self, audiences: Iterable[str], clock: Clock, agency_id: int) -> dict[int, tuple[Person, Audience]]:
        """{user id: the person, and as whom they hear of it}, each person once, by the first audience that has them."""
        party, wanted = self.party(clock, agency_id), tuple(audiences)
        if (party, wanted) not in self._found:
            found: dict[int, tuple[Person, Audience]] = {}
            for audience in map(Audience, wanted):
                for person in self._of(audience, party):
                    found.setdefault(person.user_id, (person, audience))
            self._found[party, wanted] = found
        return self._found[party, wanted]

    def contact_of(self, person: Person) -> Contact:
        """How they want to be reached; the defaults for who never chose anything."""
        return self.contacts.get(person.user_id, self.default)

    def is_away(self, person: Person) -> bool:
        return self.contact_of(person).is_away_on(self.today)

    def _of(self, audience: Audience, party: int) -> list[Person]:
        if audience == Audience.HEAD:
            return self._heads(party)
        if audience == Audience.OPERATOR and party == self.coordinator_id:
            return self._with(audience, party) + self._with(Audience.COORDINATOR, party)
        return [person for office in self._offices(audience, party) for person in self._with(audience, office)]

    def _heads(self, party: int) -> list[Person]:
        """Who leads, definitive or acting; whoever deputises while all of them are away or the post is vacant.

        Somebody who is away hears of it too, so that nothing is news to them when they are back.
        """
        heads = self._with(Audience.HEAD, party)
        if any(not self.is_away(person) for person in heads):
            return heads
        return heads + self._with(Audience.DEPUTY, party)

    def _offices(self, audience: Audience, party: int) -> list[int]:
        if audience == Audience.COORDINATOR:
            return [self.coordinator_id] if self.coordinator_id else []
        if audience in (Audience.SECRETARY, Audience.EXECUTIVE):
            code = SECRETARIAT if audience == Audience.SECRETARY else REGENTS_OFFICE
            return [agency.pk for agency in self.agencies.values() if agency.code == code]
        return [party]

    def _with(self, audience: Audience, agency_id: int) -> list[Person]:
        return [person for role in ROLES_OF_AUDIENCE[audience] for person in self.people.get((agency_id, role), [])]
