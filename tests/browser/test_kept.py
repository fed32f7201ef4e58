"""A session ends while somebody types: after signing in again what was typed is still there, for that person only."""

from __future__ import annotations

import pytest
from django.conf import settings

from tests.conftest import person, signed_in

REASON = "Pembinaan ini ditangani dinas lain sejak triwulan lalu."


@pytest.mark.parametrize(("name", "found"), [("ani", REASON), ("budi", "")])
def test_what_was_typed_waits_for_the_same_person_to_sign_in_again(name, found, obligation, address, open_as):
    cookie = signed_in(person(name)).cookies[settings.SESSION_COOKIE_NAME]
    page = open_as("ani").page
    form = f"{address}/laporan/{obligation}/bukan-tugas/"
    page.goto(form)
    page.get_by_label("Mengapa ini bukan tugas Anda?").fill(REASON)
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.get_by_role("button", name="Sampaikan").click()
    page.wait_for_url("**/masuk/**")
    assert page.url == f"{address}/masuk/?next=/laporan/{obligation}/bukan-tugas/"
    assert "belum tersimpan" in page.inner_text("#toasts")

    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])
    page.goto(form)
    assert page.get_by_label("Mengapa ini bukan tugas Anda?").input_value() == found
    assert page.get_by_text("Ketikan Anda tadi masih ada.").count() == bool(found)
    page.reload()
    assert page.get_by_label("Mengapa ini bukan tugas Anda?").input_value() == ""
