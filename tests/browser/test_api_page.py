"""The API's page in a real browser, under the same policy as every page: it draws, and nothing is refused."""

from __future__ import annotations


def test_the_page_draws_itself_and_the_policy_refuses_nothing(open_as, address):
    visit = open_as("ani")
    visit.page.goto(f"{address}/api/")
    visit.page.wait_for_selector("text=/api/v1/obligations/", timeout=20_000)
    assert visit.page.locator(".opblock-get").count() == 8, "a list and a row of each of the four"
    assert visit.refused == []
    assert visit.asked_elsewhere(address) == []
