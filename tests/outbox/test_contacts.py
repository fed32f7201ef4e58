from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from katingan_portal.audit.queries import history_of
from katingan_portal.outbox import contacts
from katingan_portal.outbox.models import Contact

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_katingan")]
CHOICES = {
    "email_reminders": True,
    "digest_hour": 8,
    "whatsapp_number": "",
    "whatsapp_on": False,
    "away_from": None,
    "away_until": None,
}


@pytest.fixture()
def choose(ani, actor_for):
    """choose(digest_hour=9) → Ani's contact after she chose that."""
    return lambda **chosen: contacts.set_preferences(ani.pk, by=actor_for("ani"), **(CHOICES | chosen))


def test_contacts_of_gives_defaults_to_who_never_chose(choose, ani, budi):
    choose(digest_hour=10)
    found = contacts.contacts_of([ani.pk, budi.pk])
    assert {user_id: (contact.pk is None, contact.digest_hour) for user_id, contact in found.items()} == {
        ani.pk: (False, 10),
        budi.pk: (True, 8),
    }


def test_contacts_of_asks_once(ani, budi, citra, django_assert_num_queries):
    with django_assert_num_queries(1):
        contacts.contacts_of([ani.pk, budi.pk, citra.pk])


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("", ""),
        ("0812 3456 7890", "+6281234567890"),
        ("(0812) 3456-7890", "+6281234567890"),
        ("6281234567890", "+6281234567890"),
        ("+62 812.3456.7890", "+6281234567890"),
        ("006281234567890", "+6281234567890"),
        ("81234567890", "+6281234567890"),
        ("+1 202 555 0123", "+12025550123"),
    ],
)
def test_e164_reads_numbers_as_people_write_them(typed: str, number: str):
    assert contacts.e164(typed) == number


@pytest.mark.parametrize("typed", ["0812", "halo", "+62 812 3456 7890 1234 5678", "0812-3456x7890"])
def test_e164_refuses_what_is_no_number(typed: str):
    with pytest.raises(ValidationError):
        contacts.e164(typed)


def test_set_preferences_leaves_a_trace_without_the_whole_number(choose):
    contact = choose(whatsapp_number="0812 3456 7890", whatsapp_on=True, digest_hour=9)
    assert (contact.whatsapp_number, contact.whatsapp_on) == ("+6281234567890", True)
    (event,) = history_of(contact)
    assert event.changes == {"whatsapp_number": ["", "…7890"], "whatsapp_on": [False, True], "digest_hour": [8, 9]}
    choose(whatsapp_number="0812 3456 7890", whatsapp_on=True, digest_hour=9)
    assert history_of(contact).count() == 1


@pytest.mark.parametrize(
    "nonsense",
    [
        {"digest_hour": 5},
        {"digest_hour": 16},
        {"whatsapp_on": True},
        {"away_from": date(2026, 12, 1)},
        {"away_until": date(2026, 12, 1)},
        {"away_from": date(2026, 12, 2), "away_until": date(2026, 12, 1)},
    ],
)
def test_set_preferences_and_the_database_refuse_nonsense(choose, ani, nonsense: dict):
    with pytest.raises(ValidationError):
        choose(**nonsense)
    choose()
    with pytest.raises(IntegrityError), transaction.atomic():
        Contact.objects.filter(user=ani).update(**nonsense)


def test_is_away_on_counts_both_ends(choose):
    contact = choose(away_from=date(2026, 12, 1), away_until=date(2026, 12, 3))
    days = [date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 3), date(2026, 12, 4)]
    assert [contact.is_away_on(day) for day in days] == [False, True, True, False]
    assert not Contact().is_away_on(days[1])


def test_email_is_broken_for_that_address_only_and_known_once(ani):
    now = timezone.now()
    assert contacts.mark_email_broken(ani.pk, address="ani@uji.example", error="550 no such mailbox", now=now)
    assert not contacts.mark_email_broken(ani.pk, address="ani@uji.example", error="lagi", now=now + timedelta(days=1))
    contact = contacts.contact_of(ani.pk)
    assert (contact.email_broken_at, contact.email_error) == (now, "550 no such mailbox")
    assert (contact.email_is_broken("ani@uji.example"), contact.email_is_broken("baru@uji.example")) == (True, False)


def test_another_whatsapp_number_is_a_new_try(choose, ani):
    choose(whatsapp_number="0812 3456 7890")
    other, own, now = "+6281200000000", "+6281234567890", timezone.now()
    assert not contacts.mark_whatsapp_broken(ani.pk, number=other, error="131026", now=now)
    assert contacts.mark_whatsapp_broken(ani.pk, number=own, error="131026", now=now)
    assert not contacts.mark_whatsapp_broken(ani.pk, number=own, error="lagi", now=now)
    assert choose(whatsapp_number="0812 3456 7890").whatsapp_error == "131026"
    assert choose(whatsapp_number="0812 3456 7891").whatsapp_broken_at is None


def test_try_again_forgets_what_failed_and_leaves_a_trace(ani, actor_for):
    contacts.mark_email_broken(ani.pk, address="ani@uji.example", error="550", now=timezone.now())
    contacts.try_again(contacts.contact_of(ani.pk), by=actor_for("joko"))
    contact = contacts.contact_of(ani.pk)
    assert not contact.email_is_broken("ani@uji.example")
    assert [event.verb for event in history_of(contact)] == ["try_contact_again"]
