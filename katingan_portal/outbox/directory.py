"""What the outbox asks of higher layers about people: memberships are not its business."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from katingan_portal.accounts.models import User


@dataclass(frozen=True)
class Place:
    """Where a person serves, and the page on which they are looked after."""

    label: str
    url: str


class Directory(Protocol):
    """Both answer for the running regency."""

    def caretakers(self, on: date) -> list[User]:
        """Who looks after the outbox on that day."""

    def places(self, user_ids: Iterable[int], on: date) -> dict[int, Place]:
        """{user id: where they serve}, without those who serve nowhere."""


class Nobody:
    """What is known before anything is registered."""

    def caretakers(self, on: date) -> list[User]:
        return []

    def places(self, user_ids: Iterable[int], on: date) -> dict[int, Place]:
        return {}


_directory: Directory = Nobody()


def register_directory(known: Directory) -> None:
    global _directory
    _directory = known


def directory() -> Directory:
    return _directory
