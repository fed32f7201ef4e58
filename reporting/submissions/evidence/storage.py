"""Where the files lie: by content under the regency's code, on disk before the row that names them is committed."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage, storages

UNFINISHED = ".tmp-"


class Damaged(Exception):
    """The stored file is missing, or no longer what it was. The message says which, for operators."""


class DurableFiles(FileSystemStorage):
    """Written beside its place, flushed, renamed, and the folder flushed: whole or not there, also after a power cut.

    The same content has the same name, so that writing again is harmless. It is really written again: a file that is
    there already takes as long as a new one, and its fresh date keeps the sweep away.
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _save(self, name: str, content: Any) -> str:
        target = Path(self.path(name))
        target.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        unfinished = target.parent / f"{UNFINISHED}{uuid.uuid4().hex}"
        try:
            with unfinished.open("xb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(target)
        except BaseException:
            with suppress(OSError):
                unfinished.unlink()
            raise
        for folder in (target.parent, target.parent.parent, Path(self.location)):
            _flush_folder(folder)
        return name


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def files() -> Storage:
    return storages["evidence"]


def path_of(regency_code: str, sha256: str) -> str:
    """ "62.06/ab/abcd…": the regency first, so that two districts share nothing, not even the same photo."""
    return f"{regency_code}/{sha256[:2]}/{sha256}"


def keep(regency_code: str, content: bytes) -> str:
    """Store the content and return its SHA-256. Raises OSError, or what another storage raises, when it cannot."""
    digest = hashlib.sha256(content).hexdigest()
    files().save(path_of(regency_code, digest), ContentFile(content))
    return digest


def fetch(regency_code: str, sha256: str) -> bytes:
    """The content, compared with its sum. Raises Damaged."""
    path = path_of(regency_code, sha256)
    try:
        with files().open(path) as file:
            content: bytes = file.read()
    except FileNotFoundError as error:
        raise Damaged(f"missing: {path}") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Damaged(f"changed: {path}")
    return content


def is_there(regency_code: str, sha256: str) -> bool:
    return files().exists(path_of(regency_code, sha256))


def stored_in(regency_code: str) -> Iterator[tuple[str, str, datetime]]:
    """(path, its last part, when it was written) of every file of the regency, unfinished ones too."""
    storage = files()
    try:
        folders, _ = storage.listdir(regency_code)
    except FileNotFoundError:
        return
    for folder in sorted(folders):
        _, names = storage.listdir(f"{regency_code}/{folder}")
        for name in sorted(names):
            path = f"{regency_code}/{folder}/{name}"
            with suppress(FileNotFoundError):
                yield path, name, storage.get_modified_time(path)


def erase(path: str) -> None:
    files().delete(path)
