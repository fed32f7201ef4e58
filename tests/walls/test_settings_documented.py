"""The environment is read in one place, and the guide for operators tells each variable with its default."""

from __future__ import annotations

import re

import pytest

from tests.environment_of_settings import ROOT, SETTINGS, defaults_of_settings, reads_of

GUIDE = ROOT / "docs" / "guides" / "operate.md"
PACKAGES = ("katingan_portal", "villages", "agencies", "cooperatives", "reporting")
ROW = re.compile(r"^\| `(?P<name>[A-Z0-9_]+)` \| (?P<needed>[^|]+) \| (?P<default>[^|]+) \|", re.MULTILINE)


def documented() -> dict[str, str]:
    """{variable: default as written} of the guide's table."""
    section = GUIDE.read_text(encoding="utf-8").split("## Environment variables", 1)[1].split("\n## ", 1)[0]
    return {row["name"]: row["default"].strip() for row in ROW.finditer(section)}


def test_the_guide_names_exactly_the_variables_that_settings_read():
    assert sorted(documented()) == sorted(defaults_of_settings())


@pytest.mark.parametrize("name", sorted(name for name, default in defaults_of_settings().items() if default))
def test_the_guide_tells_the_default_of(name):
    assert documented()[name] == f"`{defaults_of_settings()[name]}`"


def test_nothing_but_settings_asks_the_environment():
    """Set-up for development (devserver) makes the environment for others, and is no part of what is deployed."""
    asking = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if path != SETTINGS and "devserver" not in path.parts and reads_of(path)
    }
    assert asking == set()
