"""Photos: really decoded, what they say about place and time read, and a copy without any of that. No Django here."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import Any

from PIL import ExifTags, Image, ImageOps

from reporting.submissions.evidence.kinds import Unacceptable

# MPO is what some phones write: a JPEG with a second picture behind it.
FORMATS = {"jpg": ("JPEG", "MPO"), "png": ("PNG",), "webp": ("WEBP",), "heic": ("HEIF",)}
COPY_SIDE = 2560
COPY_QUALITY = 85
THUMB_SIDE = 320
THUMB_QUALITY = 75
MAX_SIDE = 30_000
DAMAGED = "Berkas ini rusak atau tidak lengkap sebagai foto; ambil ulang atau kirim ulang fotonya."


@dataclass(frozen=True)
class Photo:
    """copy, thumb: JPEG without any metadata. likeness: 32 hexadecimal digits, or "" for a picture without features.

    taken: "2026:11:20 09:15:00" as the camera wrote it, offset: "+07:00" or "".
    """

    width: int
    height: int
    copy: bytes
    thumb: bytes
    likeness: str
    taken: str = ""
    offset: str = ""
    latitude: float | None = None
    longitude: float | None = None
    camera: str = ""


def read_photo(content: bytes, kind: str, max_pixels: int) -> Photo:
    """Raises Unacceptable for what does not decode completely or is larger than `max_pixels`."""
    if kind == "heic":
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False)
    Image.MAX_IMAGE_PIXELS = None  # our own limit is asked first, and says what to do
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS[kind]) as image:
            width, height = _refuse_huge(image.size, max_pixels)
            said = _said_by(image)
            upright = _upright(image)
    except (Unacceptable, MemoryError):
        raise
    except Exception as error:  # decoders raise whatever a broken file provokes
        raise Unacceptable(DAMAGED) from error
    if said.pop("is_turned"):
        width, height = height, width
    copy = _fitted(upright, COPY_SIDE)
    return Photo(
        width=width,
        height=height,
        copy=_jpeg(copy, COPY_QUALITY),
        thumb=_jpeg(_fitted(copy, THUMB_SIDE), THUMB_QUALITY),
        likeness=likeness_of(copy),
        **said,
    )


def _refuse_huge(size: tuple[int, int], max_pixels: int) -> tuple[int, int]:
    width, height = size
    if width * height > max_pixels or max(size) > MAX_SIDE or min(size) < 1:
        raise Unacceptable(
            f"Berkas ini berukuran {width} × {height} titik, sedangkan batasnya {max_pixels // 1_000_000} juta titik; "
            "perkecil fotonya, lalu unggah lagi."
        )
    return width, height


def _upright(image: Image.Image) -> Image.Image:
    """The decoded picture, turned as it was held, on white, in a new image that carries nothing over."""
    # A JPEG is decoded at a half, a quarter or an eighth of its size where that is enough: less memory.
    image.draft("RGB", (COPY_SIDE, COPY_SIDE))
    image.load()
    turned = ImageOps.exif_transpose(image)
    if turned.mode in ("RGBA", "LA", "PA", "P") or "transparency" in turned.info:
        turned = turned.convert("RGBA")
        clean = Image.new("RGB", turned.size, "white")
        clean.paste(turned, mask=turned.getchannel("A"))
        return clean
    clean = Image.new("RGB", turned.size)
    clean.paste(turned.convert("RGB"))
    return clean


def _fitted(image: Image.Image, side: int) -> Image.Image:
    fitted = image.copy()
    fitted.thumbnail((side, side))
    return fitted


def _jpeg(image: Image.Image, quality: int) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality, optimize=True)
    return stream.getvalue()


def likeness_of(image: Image.Image) -> str:
    """Which of two neighbours is brighter, over an 8 × 8 grid, along rows and along columns: 128 bits.

    Pictures whose bits differ in few places look alike, also after shrinking and recompression.
    """
    grey = image.convert("L")
    low, high = grey.getextrema()
    if high - low < 8:  # type: ignore[operator]
        return ""
    across = list(grey.resize((9, 8)).tobytes())
    down = list(grey.resize((8, 9)).tobytes())
    bits = [across[9 * y + x] < across[9 * y + x + 1] for y in range(8) for x in range(8)]
    bits += [down[8 * y + x] < down[8 * (y + 1) + x] for y in range(8) for x in range(8)]
    return f"{sum(1 << place for place, bit in enumerate(bits) if bit):032x}"


def _said_by(image: Image.Image) -> dict[str, Any]:
    """What the camera wrote down. Nonsense in it is left out; it never makes a photo unacceptable."""
    said: dict[str, Any] = {"is_turned": False}
    try:
        exif = image.getexif()
        details = exif.get_ifd(ExifTags.IFD.Exif)
        place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    except Exception:
        return said
    # pillow-heif turns the picture by itself and says 1 here.
    said["is_turned"] = exif.get(ExifTags.Base.Orientation) in (5, 6, 7, 8)
    said["taken"] = _text(details.get(ExifTags.Base.DateTimeOriginal))[:19]
    said["offset"] = _text(details.get(ExifTags.Base.OffsetTimeOriginal))[:6]
    names = (_text(exif.get(ExifTags.Base.Make)), _text(exif.get(ExifTags.Base.Model)))
    said["camera"] = " ".join(name for name in names if name)[:100]
    said["latitude"], said["longitude"] = _place(place)
    return said


def _text(value: object) -> str:
    plain = value.decode("latin-1") if isinstance(value, bytes) else str(value or "")
    return "".join(each for each in plain if each.isprintable()).strip()


def _place(gps: dict[int, Any]) -> tuple[float | None, float | None]:
    latitude = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), b"S", 90)
    longitude = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), b"W", 180)
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None, None
    return latitude, longitude


def _degrees(parts: Any, reference: Any, negative: bytes, most: int) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value) or not 0 <= value <= most:
        return None
    return round(-value if _text(reference).upper().encode() == negative else value, 6)
