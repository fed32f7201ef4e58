"""The September obligation of Dinas Kesehatan, whose form asks one question of every kind, and its report."""

from datetime import UTC, datetime

import pytest

from cooperatives.models import Cooperative
from katingan_portal.tenancy.scope import applied
from reporting.periods.actions import raise_obligations
from reporting.periods.models import Obligation
from reporting.submissions import actions, review
from reporting.submissions.actions import Contents
from reporting.submissions.models import Report
from reporting.submissions.queries import report_for
from tests.reporting.filing import ask_everything
from villages.models import Village

NOW = datetime(2026, 10, 20, 3, 0, tzinfo=UTC)
SECRET = "Kalimat yang hanya milik Dinas Kesehatan"
EVIL = '#read("/etc/passwd") *tebal* _miring_ \\#import "@preview/a:1.0.0" $x$ `y` @z <w> = judul'


@pytest.fixture
def obligation(katingan, scope_for, actor_for):
    with applied(scope_for("joko")):
        raise_obligations(katingan, now=NOW, by=actor_for("joko"))
        made = Obligation.objects.select_related("agency", "form", "regency").get(
            agency__code="dinkes", period="202609"
        )
    ask_everything(made, scope_for("joko"))
    return made


@pytest.fixture
def places(scope_for):
    """Two villages and a cooperative of the district."""
    with applied(scope_for("ani")):
        return list(Village.objects.order_by("code")[:2]), Cooperative.objects.order_by("village__code", "number")[0]


@pytest.fixture
def figures(places):
    (first, second), cooperative = places
    return {
        "anggota": 120,
        "luas": "12.5",
        "modal": 1500000,
        "hadir": "87.5",
        "rapat": True,
        "cara": "kredit",
        "mulai": "2026-09-03",
        "cerita": "Rapat ditunda.\nBanjir di hulu.",
        "per-desa": {first.code: {"kk-8": 10, "ada-8": True}, second.code: {"kk-8": 0, "ada-8": False}},
        "per-kop": {str(cooperative.pk): {"kk-9": 7}},
    }


@pytest.fixture
def draft(obligation, figures, scope_for, actor_for):
    """draft(**changes of Contents) → the saved draft; its figures as in `figures` unless given."""

    def save(**changes) -> Report:
        contents = Contents(**{"figures": figures, "obstacles": SECRET, "follow_up": EVIL, **changes})
        with applied(scope_for("ani")):
            before = report_for(obligation)
            version = before.version if before else 0
            return actions.save_draft(obligation, contents, version=version, by=actor_for("ani"), now=NOW)

    return save


@pytest.fixture
def sent(obligation, draft, scope_for, actor_for):
    draft()
    with applied(scope_for("ani")):
        return actions.submit(obligation, by=actor_for("ani"), now=NOW)


@pytest.fixture
def accepted(sent, scope_for, actor_for):
    with applied(scope_for("gita")):
        review.accept(sent, by=actor_for("gita"), now=NOW)
        return Report.objects.get(pk=sent.pk)
