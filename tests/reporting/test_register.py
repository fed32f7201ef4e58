"""Decrees, duties and their wording: history keeps what it was raised under."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from katingan_portal.audit.queries import history_of
from katingan_portal.tenancy.scope import Scope, applied
from reporting.duties.models import Assignment, Decree, Duty, DutyVersion
from reporting.duties.register import DutyRefused, add_decree, add_duty, revise_duty
from reporting.periods.actions import raise_obligations
from reporting.periods.models import Obligation
from reporting.periods.queries import duties_of, questions_of

pytestmark = pytest.mark.django_db
WIB = ZoneInfo("Asia/Pontianak")
OCTOBER, DECEMBER = datetime(2026, 10, 5, 9, tzinfo=WIB), datetime(2026, 12, 3, 9, tzinfo=WIB)


@pytest.fixture
def here(katingan):
    with applied(Scope(katingan.pk)):
        yield katingan


@pytest.fixture
def duty(here):
    assigned = Assignment.objects.filter(agency__code="dinkes", duty__indicators__isnull=False).order_by("duty__order")
    return assigned[0].duty


def revised(duty, by, effective_on=date(2026, 11, 1)):
    return revise_duty(
        duty, article="KEDUA huruf z", text="bunyi baru", effective_on=effective_on, reason="Perubahan instruksi",
        by=by, now=OCTOBER,
    )  # fmt: skip


def of(period):
    return Obligation.objects.get(agency__code="dinkes", period=period, form__period_type="monthly")


def test_a_changed_duty_never_rewrites_what_was_raised(here, duty, actor_for):
    raise_obligations(here, now=OCTOBER, by=actor_for("joko"))
    old = str(duty)
    version = revised(duty, actor_for("joko"))
    assert (version.number, version.effective_on, version.reason) == (2, date(2026, 11, 1), "Perubahan instruksi")
    raise_obligations(here, now=DECEMBER, by=actor_for("joko"))
    read = {p: {d.pk: str(d) for d in duties_of(of(p))}[duty.pk] for p in ("202609", "202610", "202611", "202612")}
    assert read == {"202609": old, "202610": old, "202611": "Bunyi baru", "202612": "Bunyi baru"}
    asked = {p: {str(q.duty) for q in questions_of(of(p)) if q.duty_id == duty.pk} for p in ("202609", "202612")}
    assert asked == {"202609": {old}, "202612": {"Bunyi baru"}}


def test_the_version_of_the_periods_last_day_is_frozen_also_when_raised_later(here, duty, actor_for):
    revised(duty, actor_for("joko"), date(2026, 11, 15))
    raise_obligations(here, now=DECEMBER, by=actor_for("joko"))
    frozen = {p: of(p).rule["duty_versions"][str(duty.pk)] for p in ("202610", "202611", "202612")}
    assert frozen == {"202610": 1, "202611": 2, "202612": 2}


def test_a_revision_is_refused_when_nothing_changes_or_before_the_last_one(duty, actor_for):
    by = actor_for("joko")
    with pytest.raises(DutyRefused, match="sama dengan yang sekarang"):
        revise_duty(duty, article=duty.article, text=duty.text, effective_on=date(2026, 11, 1), reason="x", by=by,
                    now=OCTOBER)  # fmt: skip
    revised(duty, by)
    with pytest.raises(DutyRefused, match="sebelum versi"):
        revise_duty(duty, article="x", text="x", effective_on=date(2026, 10, 1), reason="x", by=by, now=OCTOBER)
    assert DutyVersion.objects.filter(duty=duty).count() == 2
    assert history_of(duty)[0].reason == "Perubahan instruksi"


def test_decrees_and_duties_are_kept_once(here, actor_for):
    by = actor_for("joko")
    decree = add_decree(number="1/2027", title="Uji", issuer="Instruksi Bupati", signed_on=None, by=by)
    with pytest.raises(DutyRefused):
        add_decree(number="1/2027", title="Uji", issuer="Instruksi Bupati", signed_on=None, by=by)
    values = {"code": "tugas-uji", "article": "KESATU", "text": "menguji", "effective_on": date(2027, 1, 1)}
    duty = add_duty(decree, **values, is_common=False, by=by, now=OCTOBER)
    with pytest.raises(DutyRefused):
        add_duty(decree, **values, is_common=False, by=by, now=OCTOBER)
    assert duty.order == max(Duty.objects.values_list("order", flat=True))
    assert [(v.number, v.text) for v in duty.versions.all()] == [(1, "menguji")]


def test_joko_keeps_the_register_on_its_pages(here, client_for):
    joko = client_for("joko")
    decree = {"number": "2/2027", "title": "Uji", "issuer": "Instruksi Bupati", "signed_on": "2027-01-02", "note": ""}
    assert joko.post("/tugas/instruksi/tambah/", decree).status_code == 302
    assert joko.post("/tugas/instruksi/tambah/", decree).status_code == 422
    duty = {"decree": Decree.objects.get(number="2/2027").pk, "code": "uji", "article": "I", "text": "menguji",
            "effective_on": "2027-01-02"}  # fmt: skip
    assert joko.post("/tugas/baru/tambah/", duty)["Location"] == "/tugas/uji/"
    revision = {"article": "I", "text": "menguji sungguh", "effective_on": "2027-02-01", "reason": "Perubahan I"}
    assert joko.post("/tugas/uji/ubah/", revision).status_code == 302
    shown = joko.get("/tugas/uji/").content.decode()
    assert "Versi 2" in shown
    assert "Perubahan I" in shown
    assert "Ubah bunyi" not in client_for("citra").get("/tugas/uji/").content.decode()


@pytest.mark.parametrize("name", ["ani", "budi", "citra", "eka", "gita", "hadi"])
def test_only_who_manages_duties_keeps_the_register(here, client_for, name, duty):
    for page in ("/tugas/instruksi/tambah/", "/tugas/baru/tambah/", f"/tugas/{duty.code}/ubah/"):
        assert client_for(name).get(page).status_code == 404
        assert client_for(name).post(page, {"text": "x"}).status_code == 404
