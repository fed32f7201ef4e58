"""What a visit costs on the line: entry pages ≤ 100 kB at first and ≤ 15 kB after, dashboards ≤ 350 kB.

`make test ARGS="tests/browser/test_weight.py -n 0 -s -q"` prints the figures.
"""

from __future__ import annotations

import pytest

KB = 1000
ENTRY, DASHBOARD = 100 * KB, 350 * KB
AGAIN = 15 * KB


def transferred(page, address: str) -> int:
    """Bytes that came over the line for one page with all it loads: headers and compressed bodies, no cached files."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(address, wait_until="networkidle")
    session.detach()
    return round(sum(sizes))


@pytest.mark.parametrize(
    ("name", "path", "first_budget"),
    [
        ("anonymous", "/masuk/", ENTRY),
        ("ani", "/", ENTRY),
        ("ani", "/laporan/{obligation}/isi/", ENTRY),
        ("ani", "/desa/", ENTRY),
        ("gita", "/koperasi/", ENTRY),
        ("hadi", "/gambaran/", DASHBOARD),
    ],
)
def test_a_visit_keeps_its_budget(name, path, first_budget, obligation, address, open_as):
    page = open_as(name).page
    url = address + path.format(obligation=obligation)
    first, again = transferred(page, url), transferred(page, url)
    print(f"{name:10} {path:28} first {first:>7,} B, again {again:>6,} B")
    assert again < first, "the second visit takes its files from the browser's store"
    assert first <= first_budget
    assert again <= AGAIN


def test_a_form_with_tables_of_every_village_and_cooperative_keeps_the_budget(every_kind, address, open_as):
    page = open_as("ani").page
    url = f"{address}/laporan/{every_kind}/isi/"
    first, again = transferred(page, url), transferred(page, url)
    print(f"ani        644 cells in two tables      first {first:>7,} B, again {again:>6,} B")
    assert page.locator("input[name*='@'], select[name*='@']").count() == 2 * 2 * 161
    assert first <= ENTRY
    assert again <= AGAIN
