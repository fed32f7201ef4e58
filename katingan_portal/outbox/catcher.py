"""Development's oracle: the mail catcher keeps each letter it accepted as a file, so it can be asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class CatcherFolder:
    """`CatcherFolder(path)(message_id)` says whether a letter with that Message-ID lies there."""

    path: Path

    def __call__(self, message_id: str) -> bool | None:
        if not self.path.is_dir():
            return None
        wanted = message_id.encode()
        return any(wanted in letter.read_bytes() for letter in self.path.rglob("*.eml"))
