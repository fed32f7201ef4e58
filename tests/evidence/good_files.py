"""Evidence as it should arrive: photos of phones with what their cameras write, and documents, all made by code."""

from __future__ import annotations

import io

import pillow_heif
from openpyxl import Workbook
from PIL import Image, ImageDraw
from pypdf import PdfWriter

pillow_heif.register_heif_opener()
TAKEN = "2026:08:20 09:15:00"
# Kasongan, in the kecamatan Katingan Hilir.
KASONGAN = (-1.875, 113.4)


def scene(seed: int = 1, size: tuple[int, int] = (640, 480)) -> Image.Image:
    """A picture with large shapes, as photos have; each seed another one."""
    image = Image.new("RGB", size, (seed * 40 % 256, seed * 90 % 256, 128))
    draw = ImageDraw.Draw(image)
    for step in range(12):
        value = (seed * 7919 + step * 104729) % 9973
        left, top = value % size[0], value * 3 % size[1]
        colour = (value % 256, value // 7 % 256, value // 31 % 256)
        draw.ellipse((left, top, left + size[0] // 4, top + size[1] // 4), fill=colour)
    return image


def exif(place: tuple[float, float] | None = KASONGAN, taken: str = TAKEN, orientation: int = 1) -> Image.Exif:
    data = Image.Exif()
    data[0x010F], data[0x0110], data[0x0112] = "Samsung", "SM-A155F", orientation
    data[0x8769] = {0x9003: taken, 0x9011: "+07:00"}
    if place:
        south, east = -place[0], place[1]
        data[0x8825] = {1: "S", 2: (south, 0.0, 0.0), 3: "E", 4: (east, 0.0, 0.0)}
    return data


def photo(kind: str = "JPEG", seed: int = 1, size: tuple[int, int] = (640, 480), **exif_parts) -> bytes:
    """kind: JPEG, PNG, WEBP or HEIF."""
    stream = io.BytesIO()
    data = exif(**exif_parts)
    scene(seed, size).save(stream, kind, exif=data.tobytes() if kind == "HEIF" else data)
    return stream.getvalue()


def pdf(pages: int = 1) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def xlsx() -> bytes:
    book = Workbook()
    book.active["A1"] = "Rapat"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
