"""Development's oracle: the mail catcher keeps each letter it accepted as a file, so it can be asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class CatcherFolder:
    """Says whether a letter with that Message-ID lies there; it keeps all, so no need to know since when."""

    path: Path

    def __call__(self, message_id: str, since: datetime) -> bool | None:
        if not self.path.is_dir():
            return None
        wanted = message_id.encode()
        return any(wanted in letter.read_bytes() for letter in self.path.rglob("*.eml"))
