from datetime import UTC, datetime
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template, engines
from django.template.loader import render_to_string
from django.test import RequestFactory

from katingan_portal.ui.statuses import STATUSES
from katingan_portal.ui.templatetags import portal_ui


def render(source: str, **context: Any) -> str:
    return Template("{% load portal_ui %}" + source).render(Context(context))


class Answer(forms.Form):
    name = forms.CharField(label="Nama", help_text="Seperti pada KTP.")
    note = forms.CharField(label="Catatan", required=False)
    kind = forms.ChoiceField(label="Jenis", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("{{ value|angka }}", "1.234,5"),
        ("{{ value|angka:2 }}", "1.234,50"),
        ("{{ value|rupiah }}", "Rp1.234,5"),
        ("{{ ratio|persen }}", "45,46%"),
        ("{{ at|tanggal }}", "24 November 2026"),
        ("{{ at|tanggal_pendek }}", "24 Nov 2026"),
        ("{{ at|bulan }}", "November 2026"),
        ("{{ at|waktu }}", "pukul 00.05 WIB"),
        ("{{ at|waktu:'Asia/Jayapura' }}", "pukul 02.05 WIT"),
        ("{{ at|tanggal:unset }}, {{ at|waktu:unset }}", "24 November 2026, pukul 00.05 WIB"),
    ],
)
def test_filters_write_what_the_formats_say(source: str, written: str) -> None:
    at = datetime(2026, 11, 23, 17, 5, tzinfo=UTC)
    assert render(source, value=1234.5, ratio=0.45456, at=at, unset="") == written


def test_icon_is_decoration_unless_it_has_a_label() -> None:
    assert 'aria-hidden="true"' in portal_ui.icon("home")
    assert 'role="img" aria-label="Beranda"' in portal_ui.icon("home", "Beranda")


def test_icon_escapes_its_label() -> None:
    assert "<b>" not in portal_ui.icon("home", "<b>")


@pytest.mark.parametrize(
    ("value", "whole", "length"),
    [(5, 10, "50.00%"), (0, 10, "0%"), (None, 10, "0%"), (5, 0, "0%"), (12, 10, "100.00%"), (-1, 10, "0.00%")],
)
def test_share_stays_within_the_bar(value: int | None, whole: int, length: str) -> None:
    assert portal_ui.share(value, whole) == length


def test_initials_leave_titles_out() -> None:
    assert portal_ui.initials("Ani Lestari, S.E.") == "AL"
    assert portal_ui.initials("budi") == "B"
    assert portal_ui.initials("Dewi Anggraini (contoh)") == "DA"
    assert portal_ui.initials("(contoh)") == ""


def test_query_keeps_the_other_parameters() -> None:
    request = RequestFactory().get("/desa/", {"q": "telok", "page": "3"})
    assert render("{% query page=4 %}", request=request) == "?q=telok&amp;page=4"
    assert render("{% query page=None %}", request=request) == "?q=telok"


def test_query_works_without_a_request() -> None:
    assert render("{% query page=2 %}") == "?page=2"


def test_control_of_a_sound_field_announces_its_help() -> None:
    written = portal_ui.control(Answer({"name": "Ani", "kind": "a"})["name"])
    assert 'class="form-control"' in written
    assert 'aria-describedby="id_name_help"' in written
    assert "aria-invalid" not in written


def test_control_of_a_wrong_field_announces_its_error_first() -> None:
    written = portal_ui.control(Answer({"name": "", "kind": "a"})["name"])
    assert 'class="form-control is-invalid"' in written
    assert 'aria-invalid="true"' in written
    assert 'aria-describedby="id_name_error id_name_help"' in written


def test_field_shows_error_help_and_obligation() -> None:
    written = render_to_string("components/field.html", {"field": Answer({"name": "", "kind": "a"})["name"]})
    assert '<p class="field-error" id="id_name_error">' in written
    assert '<p class="field-help" id="id_name_help">Seperti pada KTP.</p>' in written
    assert "wajib diisi" in written
    assert "(tidak wajib)" in render_to_string("components/field.html", {"field": Answer()["note"]})


def test_field_of_choices_is_a_group_with_a_legend() -> None:
    written = render_to_string("components/field.html", {"field": Answer()["kind"]})
    assert written.count("<legend") == 1
    assert written.count('type="radio"') == 2


def test_form_errors_lead_to_their_fields() -> None:
    written = render_to_string("components/form_errors.html", {"form": Answer({"note": "x"})})
    assert 'href="#id_name"' in written
    assert 'href="#id_note"' not in written


def test_form_errors_are_silent_while_nothing_is_wrong() -> None:
    assert "error-summary" not in render_to_string("components/form_errors.html", {"form": Answer()})


@pytest.mark.parametrize("status", list(STATUSES))
def test_badge_says_its_status_in_words(status: str) -> None:
    written = render_to_string("components/badge.html", {"status": status})
    assert STATUSES[status].label in written
    assert f"tone-{STATUSES[status].tone}" in written


def test_badge_refuses_a_status_it_does_not_know() -> None:
    with pytest.raises(KeyError):
        render_to_string("components/badge.html", {"status": "lambat"})


def test_pagination_keeps_the_search() -> None:
    request = RequestFactory().get("/desa/", {"q": "telok", "page": "2"})
    context = {"page": Paginator(range(161), 20).get_page(2), "noun": "desa", "request": request}
    written = render_to_string("components/pagination.html", context)
    assert "21–40 dari 161 desa" in written
    assert 'href="?q=telok&amp;page=3"' in written
    assert 'aria-current="page">2<' in written


def test_key_values_tell_zero_from_unknown() -> None:
    items = [{"label": "Anggota", "value": 0}, {"label": "Luas", "value": None}]
    written = render_to_string("components/key_values.html", {"items": items})
    assert "<dd>0</dd>" in written
    assert "<dd>–</dd>" in written


def test_timeline_tells_the_time_of_the_regency_or_the_current_one() -> None:
    events = [{"at": datetime(2026, 11, 23, 17, 5, tzinfo=UTC), "actor": "Ani", "verb": "mengirim laporan"}]
    assert "24 November 2026, pukul 02.05 WIT<" in render_timeline(events=events, zone="Asia/Jayapura")
    assert "24 November 2026, pukul 00.05 WIB<" in render_timeline(events=events)
    assert "Belum ada riwayat." in render_timeline(events=[])


def render_timeline(**context: Any) -> str:
    return render_to_string("components/timeline.html", context)


def test_table_block_wraps_what_stands_in_it() -> None:
    written = render(
        '{% table caption="Desa" %}<tbody><tr><td>{{ name }}</td></tr></tbody>{% endtable %}', name="<Telok>"
    )
    assert '<table class="table table-cards"><caption>Desa</caption><tbody>' in written
    assert "&lt;Telok&gt;" in written


def test_panel_block_escapes_its_title() -> None:
    assert "<h2>&lt;b&gt;</h2>" in render("{% panel title=title %}isi{% endpanel %}", title="<b>")


@pytest.mark.parametrize("name", ["400.html", "500.html", "503.html"])
def test_error_page_stands_without_context_or_manifest(name: str) -> None:
    template = engines["django"].get_template(name)
    written = template.render()
    source = template.template.source  # type: ignore[attr-defined]
    assert "{%" not in source
    assert "{{" not in source
    assert '<html lang="id">' in written
    assert 'href="/static/errors.css"' in written
