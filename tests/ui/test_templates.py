"""What holds for every template: nothing inline, each component described and shown, every npm package pinned."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
COMPONENTS = [path for path in TEMPLATES if path.parent.name == "components" and not path.name.startswith("_")]
INLINE = re.compile(r"""<script(?![^>]*\ssrc=)|<style|\sstyle\s*=|\son[a-z]+\s*=\s*["']|javascript:""", re.IGNORECASE)
# Stand in the base templates, and so on every page; the gallery need not repeat them.
IN_THE_FRAME = {"brand_mark.html", "breadcrumbs.html", "confirm_dialog.html"}
BLOCK_TAGS = {"panel.html", "table.html", "filters.html"}


def named(path: Path) -> str:
    return str(path.relative_to(settings.BASE_DIR))


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_template_has_nothing_inline(path: Path) -> None:
    assert INLINE.findall(path.read_text()) == []


@pytest.mark.parametrize("path", COMPONENTS, ids=named)
def test_component_says_its_parameters_first(path: Path) -> None:
    assert path.read_text().startswith("{# ")


@pytest.mark.parametrize("path", COMPONENTS, ids=named)
def test_component_is_shown_in_the_gallery(path: Path) -> None:
    gallery = "".join(shown.read_text() for shown in TEMPLATES if shown.parent.name == "ui")
    shown = f'"components/{path.name}"' in gallery
    through_a_block = path.name in BLOCK_TAGS and f"{{% {path.stem} " in gallery
    inside_others = path.name in IN_THE_FRAME | {"source_note.html"}
    assert shown or through_a_block or inside_others


def test_npm_packages_are_pinned() -> None:
    package = json.loads((settings.BASE_DIR / "package.json").read_text())
    wanted = {**package["dependencies"], **package["devDependencies"]}
    assert [name for name, version in wanted.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_npm_lock_names_no_host_and_checks_every_package() -> None:
    packages = json.loads((settings.BASE_DIR / "package-lock.json").read_text())["packages"]
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if name and "integrity" not in entry] == []
