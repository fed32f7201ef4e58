"""The person's own page, and the pages of who looks after contacts and dead letters."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from katingan_portal.audit.queries import history_of
from katingan_portal.outbox import contacts
from katingan_portal.outbox.models import Contact, Message
from katingan_portal.tenancy.scope import Scope, applied

pytestmark = pytest.mark.django_db
State = Message.State
PAGE = "/pesan/pengaturan/"
PLAIN = {"digest_hour": "8", "away_from": "", "away_until": ""}


@pytest.fixture()
def whatsapp(settings) -> None:
    settings.PORTAL_WHATSAPP_TOKEN, settings.PORTAL_WHATSAPP_PHONE_NUMBER_ID = "token", "1"


def contact_of(user, regency) -> Contact:
    with applied(Scope(regency.pk)):
        return contacts.contact_of(user.pk)


@pytest.fixture()
def broken(katingan, ani) -> Contact:
    """Ani's address is refused since yesterday, and one letter to it failed."""
    with applied(Scope(katingan.pk)):
        yesterday = timezone.now() - timedelta(days=1)
        contacts.mark_email_broken(ani.pk, address=ani.email, error="550 5.1.1 no such mailbox", now=yesterday)
        return contacts.contact_of(ani.pk)


@pytest.fixture()
def dead(katingan, ani, queued) -> list[Message]:
    """Two letters to Ani: one failed, one bounced."""
    with applied(Scope(katingan.pk)):
        failed, bounced = queued(key="failed", recipient=ani), queued(key="bounced", recipient=ani)
        now = timezone.now()
        Message.objects.filter(pk=failed.pk).update(state=State.FAILED, last_error="550 kotak penuh")
        Message.objects.filter(pk=bounced.pk).update(state=State.BOUNCED, sent_at=now, bounced_at=now)
        return [failed, bounced]


def test_preferences_start_with_the_defaults(client_for):
    page = client_for("ani").get(PAGE)
    assert page.status_code == 200
    form = page.context["form"]
    assert (form["email_reminders"].value(), form["digest_hour"].value()) == (True, 8)
    assert "whatsapp_on" not in form.fields


def test_inbox_has_a_tab_for_whatsapp_where_it_can_be_sent(client_for, settings):
    tabs = [[tab["label"] for tab in client_for("ani").get("/pesan/").context["tabs"]]]
    settings.PORTAL_WHATSAPP_TOKEN, settings.PORTAL_WHATSAPP_PHONE_NUMBER_ID = "token", "1"
    tabs.append([tab["label"] for tab in client_for("ani").get("/pesan/").context["tabs"]])
    assert tabs == [["Pemberitahuan", "E-mail"], ["Pemberitahuan", "E-mail", "WhatsApp"]]


def test_preferences_are_saved_and_leave_a_trace(client_for, ani, katingan):
    answer = client_for("ani").post(PAGE, {"digest_hour": "10", "away_from": "2026-12-01", "away_until": "2026-12-05"})
    assert answer.headers["Location"] == PAGE
    contact = contact_of(ani, katingan)
    assert (contact.email_reminders, contact.digest_hour) == (False, 10)
    assert (contact.away_from, contact.away_until) == (date(2026, 12, 1), date(2026, 12, 5))
    with applied(Scope(katingan.pk)):
        (event,) = history_of(contact)
    assert (event.verb, event.actor_name) == ("set_message_preferences", "Ani Operator")


def test_preferences_are_each_persons_own(client_for, ani, budi, katingan):
    client_for("budi").post(PAGE, PLAIN | {"digest_hour": "12"})
    assert (contact_of(budi, katingan).digest_hour, contact_of(ani, katingan).pk) == (12, None)


def test_preferences_of_who_serves_in_another_district_stay_there(client_for, dewi, katingan, elsewhere):
    client_for("dewi").post(PAGE, PLAIN | {"digest_hour": "12"})
    assert (contact_of(dewi, elsewhere).digest_hour, contact_of(dewi, katingan).pk) == (12, None)


def test_whatsapp_is_asked_where_it_can_be_sent(client_for, ani, katingan, whatsapp):
    client_for("ani").post(PAGE, PLAIN | {"whatsapp_on": "on", "whatsapp_number": "0812 3456 7890"})
    contact = contact_of(ani, katingan)
    assert (contact.whatsapp_on, contact.whatsapp_number) == (True, "+6281234567890")


def test_number_stays_while_whatsapp_is_switched_off_for_all(client_for, ani, katingan, whatsapp, settings):
    client_for("ani").post(PAGE, PLAIN | {"whatsapp_on": "on", "whatsapp_number": "0812 3456 7890"})
    settings.PORTAL_WHATSAPP_TOKEN = ""
    client_for("ani").post(PAGE, PLAIN | {"digest_hour": "9", "whatsapp_number": "0812 3456 7890"})
    contact = contact_of(ani, katingan)
    assert (contact.digest_hour, contact.whatsapp_on, contact.whatsapp_number) == (9, True, "+6281234567890")
    client_for("ani").post(PAGE, PLAIN)
    contact = contact_of(ani, katingan)
    assert (contact.whatsapp_on, contact.whatsapp_number) == (False, "")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"digest_hour": "5"}, "digest_hour"),
        ({"whatsapp_on": "on", "whatsapp_number": ""}, "whatsapp_number"),
        ({"whatsapp_number": "halo"}, "whatsapp_number"),
        ({"away_from": "2026-12-01"}, "away_until"),
        ({"away_until": "2026-12-01"}, "away_from"),
        ({"away_from": "2026-12-02", "away_until": "2026-12-01"}, "away_until"),
        ({"away_from": "besok", "away_until": "2026-12-01"}, "away_from"),
    ],
)
def test_preferences_say_what_is_wrong_where(client_for, ani, katingan, whatsapp, typed: dict, field: str):
    page = client_for("ani").post(PAGE, PLAIN | {"whatsapp_number": ""} | typed)
    assert page.status_code == 200
    assert list(page.context["form"].errors) == [field]
    assert contact_of(ani, katingan).pk is None


def test_person_sees_that_their_address_fails(client_for, broken, django_user_model, ani):
    assert b"550 5.1.1 no such mailbox" in client_for("ani").get(PAGE).content
    assert b"tidak sampai" not in client_for("budi").get(PAGE).content
    django_user_model.objects.filter(pk=ani.pk).update(email="ani.baru@uji.example")
    assert b"tidak sampai" not in client_for("ani").get(PAGE).content


@pytest.mark.parametrize(("name", "status"), [("joko", 200), ("ani", 404), ("gita", 404)])
def test_broken_contacts_are_for_who_looks_after_the_outbox(broken, client_for, name: str, status: int):
    assert client_for(name).get(reverse("outbox:broken")).status_code == status


def test_broken_contacts_tell_who_why_and_what_waits(broken, dead, client_for):
    page = client_for("joko").get(reverse("outbox:broken"))
    (row,) = page.context["rows"]
    assert (row["contact"].user.username, row["address"], row["error"], row["waiting"]) == (
        "ani",
        "ani@uji.example",
        "550 5.1.1 no such mailbox",
        2,
    )
    assert row["place"].url.startswith("/perangkat-daerah/dinkes/orang/")
    assert client_for("joko").get(row["place"].url).status_code == 200
    badges = {item["label"]: item["badge"] for item in page.context["nav_items"]}
    assert badges["Kotak keluar"] == 1


def test_broken_contacts_ask_no_more_for_more_rows(broken, client_for, katingan, budi, citra):
    joko, counts = client_for("joko"), []
    for user in (budi, citra):
        with CaptureQueriesContext(connection) as captured:
            joko.get(reverse("outbox:broken"))
        counts.append(len(captured))
        with applied(Scope(katingan.pk)):
            contacts.mark_email_broken(user.pk, address=user.email, error="550", now=timezone.now())
    assert counts[0] == counts[1]


def test_try_again_clears_the_mark_and_leads_to_what_failed(broken, dead, client_for, katingan, ani):
    url = reverse("outbox:try_contact_again", args=[broken.pk])
    assert client_for("ani").post(url).status_code == 404
    assert contact_of(ani, katingan).email_broken_at is not None
    answer = client_for("joko").post(url)
    assert contact_of(ani, katingan).email_broken_at is None
    page = client_for("joko").get(answer.headers["Location"])
    assert {row.pk for row in page.context["page"]} == {message.pk for message in dead}


def test_try_again_of_another_regency_is_not_there(client_for, elsewhere):
    with applied(Scope(elsewhere.pk)):
        foreign = Contact.objects.get()
    assert client_for("joko").post(reverse("outbox:try_contact_again", args=[foreign.pk])).status_code == 404


def ticked(messages: list[Message], **more: str) -> dict:
    return {"message": [str(message.public_id) for message in messages], **more}


def test_resend_many_shows_what_was_ticked_and_then_acts(dead, client_for, katingan):
    joko, url = client_for("joko"), reverse("outbox:resend_many")
    asked = joko.post(url, ticked(dead))
    assert [row.pk for row in asked.context["rows"]] == [message.pk for message in dead]
    assert asked.context["failing"] == set()
    with applied(Scope(katingan.pk)):
        assert set(Message.objects.filter(key__in=["failed", "bounced"]).values_list("state", flat=True)) == {
            State.FAILED,
            State.BOUNCED,
        }
    joko.post(url, ticked(dead, yes="1"))
    with applied(Scope(katingan.pk)):
        again = Message.objects.filter(key__in=["failed", "bounced"])
        assert {(m.state, m.sent_at, m.bounced_at, m.last_error) for m in again} == {
            (State.PLANNED, None, None, "550 kotak penuh"),
            (State.PLANNED, None, None, ""),
        }
        assert [event.verb for message in dead for event in history_of(message)] == ["resend_message"] * 2


def test_resend_many_warns_of_addresses_that_still_fail(dead, broken, client_for, ani):
    asked = client_for("joko").post(reverse("outbox:resend_many"), ticked(dead))
    assert asked.context["failing"] == {ani.pk}


@pytest.mark.parametrize("name", ["ani", "gita", "dewi"])
def test_resend_many_is_refused_to_others(dead, client_for, katingan, name: str):
    assert client_for(name).post(reverse("outbox:resend_many"), ticked(dead, yes="1")).status_code == 404
    with applied(Scope(katingan.pk)):
        assert Message.objects.filter(key="failed", state=State.FAILED).exists()


@pytest.mark.parametrize("sent", [{}, {"message": ["x"]}, {"message": ["00000000-0000-4000-8000-000000000000"]}])
def test_resend_many_of_nothing_says_so(dead, client_for, sent: dict):
    answer = client_for("joko").post(reverse("outbox:resend_many"), sent | {"yes": "1"}, follow=True)
    assert "Centang dahulu" in answer.content.decode()


def test_resend_many_tells_which_secret_died(dead, client_for, katingan, queued):
    with applied(Scope(katingan.pk)):
        old = queued(key="old", kind="password_reset", expires_at=timezone.now() - timedelta(days=1))
        Message.objects.filter(pk=old.pk).update(state=State.FAILED)
    answer = client_for("joko").post(reverse("outbox:resend_many"), ticked([*dead, old], yes="1"), follow=True)
    assert [str(message)[:12] for message in answer.context["messages"]] == ["2 pesan dija", "Laporan belu"]


def test_browse_shows_why_and_offers_ticks_for_what_is_dead(dead, client_for):
    page = client_for("joko").get(f"{reverse('outbox:browse')}?state=dead").content.decode()
    assert "550 kotak penuh" in page
    assert page.count('name="message"') == 2
