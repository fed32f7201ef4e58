"""What each kind of file gets: bad ones one clear sentence, good ones their kind, and copies that say nothing."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from reporting.submissions.evidence.inspection import download_name, evidence_name, inspect
from reporting.submissions.evidence.kinds import Unacceptable
from tests.evidence import bad_files as bad
from tests.evidence import good_files as good


def test_the_corpus_is_as_large_as_promised():
    assert len(bad.BAD) >= 40
    assert len({what for what, *_ in bad.BAD}) == len(bad.BAD)


@pytest.mark.parametrize(("make", "name", "told"), [row[1:] for row in bad.BAD], ids=[row[0] for row in bad.BAD])
def test_a_bad_file_is_refused_with_one_sentence(make, name, told):
    with pytest.raises(Unacceptable) as refusal:
        inspect(make(), name)
    said = str(refusal.value)
    assert told in said
    assert said.startswith(f"Berkas “{name}”")
    assert said.endswith(".")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_the_copy_says_nothing_of_where_and_when(kind):
    content = good.photo(kind)
    found = inspect(content, "foto")
    assert (found.latitude, found.longitude, found.taken) == (*good.KASONGAN, good.TAKEN)
    for each in (found.copy, found.thumb):
        image = Image.open(io.BytesIO(each))
        assert image.format == "JPEG"
        assert dict(image.getexif()) == {}
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        for trace in (b"Exif", b"Samsung", b"2026:08", b"http://ns.adobe.com", b"GPS"):
            assert trace not in each


@pytest.mark.parametrize(
    ("make", "kind"), [row[1:] for row in bad.NEUTRALISED], ids=[row[0] for row in bad.NEUTRALISED]
)
def test_what_is_taken_is_served_as_its_picture_only(make, kind):
    found = inspect(make(), f"a.{kind}")
    assert found.kind == kind
    assert Image.open(io.BytesIO(found.copy)).format == "JPEG"
    for trace in (b"<script", b"<html", b"MZ\x90", b"PK\x03\x04"):
        assert trace not in found.copy + found.thumb


def test_a_comment_and_a_tail_do_not_reach_the_copy():
    stream = io.BytesIO()
    good.scene().save(stream, "JPEG", comment=b"rahasia kantor")
    found = inspect(stream.getvalue() + bad.HTML, "foto.jpg")
    assert b"rahasia" not in found.copy
    assert b"script" not in found.copy


def test_a_photo_held_upright_is_shown_upright():
    found = inspect(good.photo(orientation=6), "foto.jpg")
    assert (found.width, found.height) == (480, 640)
    assert Image.open(io.BytesIO(found.copy)).size == (480, 640)


def test_a_transparent_picture_gets_a_white_ground():
    stream = io.BytesIO()
    Image.new("RGBA", (40, 40), (255, 0, 0, 0)).save(stream, "PNG")
    assert Image.open(io.BytesIO(inspect(stream.getvalue(), "a.png").copy)).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(("extra", "is_taken"), [(0, True), (1, False)])
def test_the_limit_of_a_file_is_exact(extra, is_taken, settings):
    content = good.pdf() + b"\n" * 100
    settings.EVIDENCE_MAX_FILE_BYTES = len(content) - extra
    if is_taken:
        assert inspect(content, "a.pdf").kind == "pdf"
        return
    with pytest.raises(Unacceptable, match="terlalu besar"):
        inspect(content, "a.pdf")


@pytest.mark.parametrize(("width", "is_taken"), [(100, True), (101, False)])
def test_the_limit_of_points_is_exact(width, is_taken, settings):
    settings.EVIDENCE_MAX_PIXELS = 100 * 50
    content = good.photo("PNG", size=(width, 50))
    if is_taken:
        assert inspect(content, "a.png").width == 100
        return
    with pytest.raises(Unacceptable, match="batasnya"):
        inspect(content, "a.png")


def test_a_shrunk_copy_looks_like_its_original_and_another_scene_does_not():
    def bits(content: bytes) -> int:
        return int(inspect(content, "a.jpg").likeness, 16)

    stream = io.BytesIO()
    good.scene(1).resize((213, 160)).save(stream, "JPEG", quality=40)
    original = bits(good.photo())
    assert (original ^ bits(stream.getvalue())).bit_count() <= 4
    assert min((original ^ bits(good.photo(seed=seed))).bit_count() for seed in range(2, 12)) > 10


@pytest.mark.parametrize(("name", "shown", "saved"), [row[1:] for row in bad.NAMES], ids=[row[0] for row in bad.NAMES])
def test_names_are_made_harmless(name, shown, saved):
    assert (evidence_name(name), download_name(name, "jpg")) == (shown, saved)


def test_a_name_of_300_letters_is_cut():
    assert len(evidence_name("x" * 300 + ".jpg")) == 80
    assert re.fullmatch(r"x+…?x*\.jpg", download_name("x" * 300 + ".jpg", "jpg"))
