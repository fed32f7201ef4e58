"""The look of each status a report or obligation can have: words, tone and icon, never colour alone."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    label: str
    tone: str
    icon: str


STATUSES = {
    "belum": Look("Belum dilaporkan", "neutral", icon="circle-dashed"),
    "draf": Look("Draf", "neutral", icon="pencil"),
    "terlambat": Look("Terlambat", "danger", icon="alert-triangle"),
    "menunggu": Look("Menunggu diperiksa", "info", icon="clock"),
    "diterima": Look("Diterima", "success", icon="circle-check"),
    "dikembalikan": Look("Dikembalikan", "warning", icon="arrow-back-up"),
    "nihil": Look("Nihil", "muted", icon="circle-minus"),
    "dibebaskan": Look("Dibebaskan", "muted", icon="shield-check"),
    "dijanjikan": Look("Dijanjikan", "accent", icon="calendar-check"),
    "dikunci": Look("Dikunci", "muted", icon="lock"),
}
TONE_ICONS = {
    "neutral": "point",
    "muted": "point",
    "info": "info-circle",
    "success": "circle-check",
    "warning": "alert-circle",
    "danger": "alert-triangle",
    "accent": "star",
    "primary": "star",
}


def look_of(status: str) -> Look:
    """The look of a status; an unknown one raises, so that a typing error shows in the first test."""
    return STATUSES[status]
