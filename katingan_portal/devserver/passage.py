"""The way for PostgreSQL's own user through root's folders to its data, opened for that user alone.

As root the server runs as somebody else, so each folder above its data must let that user pass. Opening them to
everybody (o+x) would be wider than needed, above all for a clone below /root: an access list names the one user. It is
written as the extended attribute itself, because the setfacl command is often not installed.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

ATTRIBUTE = "system.posix_acl_access"
VERSION = struct.pack("<I", 2)
ENTRY = struct.Struct("<HHI")  # tag, permissions, user or group number
OWNER, USER, GROUP, NAMED_GROUP, MASK, OTHERS = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
NOBODY = 0xFFFFFFFF  # the number in entries that name no one
PASS = 0o1

Entries = dict[tuple[int, int], int]  # (tag, number) → permissions


def let_pass(folder: Path, user: int) -> None:
    """Let `user` go through `folder` without listing it; everybody only where the file system keeps no access lists."""
    mode = folder.stat().st_mode
    if mode & PASS:
        return
    try:
        os.setxattr(folder, ATTRIBUTE, _packed(_with_passage(_entries(folder, mode), user)))
    except OSError:
        folder.chmod(mode | PASS)


def _entries(folder: Path, mode: int) -> Entries:
    """The access list that the folder has, or the one that its mode amounts to."""
    try:
        stored = os.getxattr(folder, ATTRIBUTE)
    except OSError:
        return {(OWNER, NOBODY): mode >> 6 & 7, (GROUP, NOBODY): mode >> 3 & 7, (OTHERS, NOBODY): mode & 7}
    return {(tag, number): allowed for tag, allowed, number in ENTRY.iter_unpack(stored[len(VERSION) :])}


def _with_passage(entries: Entries, user: int) -> Entries:
    """The mask limits all but the owner and the others: it stays as it was and lets pass."""
    added = {**entries, (USER, user): entries.get((USER, user), 0) | PASS}
    mask = entries.get((MASK, NOBODY), entries[GROUP, NOBODY])
    return {**added, (MASK, NOBODY): mask | PASS}


def _packed(entries: Entries) -> bytes:
    rows = (ENTRY.pack(tag, allowed, number) for (tag, number), allowed in sorted(entries.items()))
    return VERSION + b"".join(rows)
