"""An official changes: the successor sees first what is open, and nothing private leaves the agency."""

from datetime import timedelta

import pytest
from django.utils import timezone

from agencies.actions_people import PeopleRefused
from agencies.models import Invitation, Membership
from katingan_portal.audit.queries import history_of
from katingan_portal.tenancy.scope import Scope, applied
from reporting.handovers.actions import Successor, hand_over
from reporting.handovers.models import Handover
from reporting.handovers.queries import open_items, pending_for
from reporting.periods.actions import raise_obligations
from reporting.periods.models import Extension, Obligation
from reporting.submissions import actions
from reporting.submissions.actions import Contents
from reporting.submissions.models import Comment, Report

pytestmark = pytest.mark.django_db


@pytest.fixture
def open_work(katingan, scope_for, actor_for, ani, budi):
    """Dinas Kesehatan with a draft, a request, and Ani named in a conversation, beside what is simply owed."""
    now = timezone.now()
    with applied(scope_for("gita")):
        raise_obligations(katingan, now=now, by=actor_for("joko"))
        first, *_, newest = Obligation.objects.filter(agency__code="dinkes").order_by("starts_on")
        nil = Contents(is_nil=True, nil_reason="rahasia")
        actions.save_draft(first, nil, version=0, by=actor_for("ani"), now=now)
        Extension.objects.create(
            obligation=newest, agency_id=newest.agency_id, wanted_on=newest.ends_on, reason="rahasia", asked_at=now,
            asked_by=ani, asked_by_name="Ani",
        )  # fmt: skip
        Comment.objects.create(
            report=Report.objects.get(obligation=first), agency_id=first.agency_id, author=budi, author_name="Budi",
            text="rahasia", mentions=[ani.pk], written_at=now,
        )  # fmt: skip
    return first, newest


def post_of(user):
    return Membership.objects.get(user=user)


def url_of(membership):
    return f"/perangkat-daerah/dinkes/orang/{membership.pk}/serah-terima/"


def test_everything_open_is_recorded_by_kind_and_without_its_contents(open_work, ani, scope_for):
    first, newest = open_work
    with applied(scope_for("ani")):
        items = open_items(post_of(ani))
        count = Obligation.objects.filter(agency__code="dinkes").count()
    kinds = [(item["kind"], item["obligation"]) for item in items]
    assert kinds[0] == ("draft", first.pk)
    assert [kind for kind, _ in kinds].count("obligation") == count - 1
    assert kinds[-2:] == [("extension", newest.pk), ("mention", first.pk)]
    assert "rahasia" not in str(items)


def test_a_mention_that_was_answered_is_not_open(open_work, ani, scope_for):
    first, _ = open_work
    with applied(scope_for("ani")):
        Comment.objects.create(
            report=Report.objects.get(obligation=first), agency_id=first.agency_id, author=ani, author_name="Ani",
            text="Sudah", written_at=timezone.now(),
        )  # fmt: skip
        assert "mention" not in {item["kind"] for item in open_items(post_of(ani))}


def test_joko_hands_anis_office_to_citra_who_sees_it_first_until_read(open_work, ani, citra, client_for):
    leaving = post_of(ani)
    assert str(citra.pk) not in client_for("budi").get(url_of(leaving)).content.decode()
    joko = client_for("joko")
    today = timezone.localdate().isoformat()
    chosen = {"successor": citra.pk, "takes_over_on": today, "note": "Password map merah"}
    assert joko.post(url_of(leaving), chosen).status_code == 302
    leaving.refresh_from_db()
    assert leaving.ends_on == timezone.localdate() - timedelta(days=1)
    new = Membership.objects.get(user=citra, agency_id=leaving.agency_id)
    assert (new.role, new.starts_on) == ("operator", timezone.localdate())
    assert client_for("ani").get("/").status_code == 302
    client = client_for("citra")
    session = client.session
    session["membership"] = new.pk
    session.save()
    home = client.get("/").content.decode()
    assert home.index("Serah terima untuk Anda") < home.index("Yang perlu Anda kerjakan")
    assert "Password map merah" in home
    assert "draf sudah dimulai" in home
    with applied(Scope(leaving.regency_id, (leaving.agency_id,), (leaving.agency_id,))):
        handover = Handover.objects.get()
    for stranger in ("budi", "joko", "gita", "dewi"):
        assert client_for(stranger).post(f"/serah-terima/{handover.pk}/dibaca/").status_code == 404, stranger
    assert client.post(f"/serah-terima/{handover.pk}/dibaca/").status_code == 302
    assert "Serah terima untuk Anda" not in client.get("/").content.decode()


def test_an_invited_successor_sees_it_when_they_come(open_work, ani, katingan, actor_for, scope_for):
    now, leaving = timezone.now(), post_of(ani)
    who = Successor(full_name="Tono Baru", email="tono@uji.example")
    with applied(scope_for("budi")):
        made = hand_over(leaving, who, takes_over_on=timezone.localdate(), note="", by=actor_for("budi"), now=now)
        assert made.invitation.role == "operator"
        assert history_of(made)[0].verb == "serah terima jabatan"
        newcomer = Membership.objects.create(
            regency=katingan, user=ani, agency_id=leaving.agency_id, role="operator", starts_on=timezone.localdate()
        )
        assert list(pending_for(newcomer)) == []
        Invitation.objects.filter(pk=made.invitation_id).update(accepted_at=now)
        assert list(pending_for(newcomer)) == [made]
        assert list(pending_for(post_of_lina(leaving))) == []


def post_of_lina(leaving):
    return Membership.objects.get(user__username="lina", agency_id=leaving.agency_id)


def test_a_handover_is_refused_to_oneself_twice_or_before_the_start(open_work, ani, budi, actor_for, scope_for):
    leaving = post_of(ani)
    do = {"note": "", "by": actor_for("budi"), "now": timezone.now()}
    with applied(scope_for("budi")):
        with pytest.raises(PeopleRefused, match="orang lain"):
            hand_over(leaving, Successor(ani), takes_over_on=timezone.localdate(), **do)
        with pytest.raises(PeopleRefused, match="sebelum tanggal mulai"):
            hand_over(leaving, Successor(budi), takes_over_on=leaving.starts_on, **do)
        assert Handover.objects.count() == 0
        hand_over(leaving, Successor(budi), takes_over_on=timezone.localdate(), **do)
        with pytest.raises(PeopleRefused):
            hand_over(leaving, Successor(budi), takes_over_on=timezone.localdate(), **do)


def test_what_is_taken_over_is_private_to_the_agency(open_work, ani, budi, actor_for, scope_for):
    with applied(scope_for("joko")):
        hand_over(
            post_of(ani), Successor(budi), takes_over_on=timezone.localdate(), note="", by=actor_for("joko"),
            now=timezone.now(),
        )  # fmt: skip
    seen = {}
    for name in ("budi", "gita", "citra", "eka", "joko"):
        with applied(scope_for(name)):
            seen[name] = Handover._base_manager.count()
    assert seen == {"budi": 1, "gita": 1, "citra": 0, "eka": 0, "joko": 0}


@pytest.mark.parametrize(
    ("name", "status"),
    [("budi", 200), ("joko", 200), ("ani", 404), ("citra", 404), ("eka", 404), ("gita", 404), ("hadi", 404),
     ("dewi", 404)],
)  # fmt: skip
def test_only_the_head_and_who_manages_people_hand_over(ani, client_for, name, status):
    leaving = post_of(ani)
    assert client_for(name).get(url_of(leaving)).status_code == status
    if status == 404:
        assert client_for(name).post(url_of(leaving), {"successor": ""}).status_code == 404


def test_a_head_cannot_hand_over_a_role_that_reaches_further(budi, client_for):
    gita = Membership.objects.get(user__username="gita")
    Membership.objects.filter(user=budi).update(agency_id=gita.agency_id)
    page = f"/perangkat-daerah/dkukmp/orang/{gita.pk}/serah-terima/"
    assert client_for("budi").get(page).status_code == 404
    assert client_for("joko").get(page).status_code == 200


def test_without_a_name_or_a_person_the_form_says_what_is_missing(ani, client_for):
    answer = client_for("budi").post(url_of(post_of(ani)), {"successor": "", "takes_over_on": "2026-11-25"})
    assert answer.status_code == 422
    assert "atau pilih orangnya di atas" in answer.content.decode()
