"""Whose fault a permanent refusal is: the code of an SMTP answer or of a bounce (RFC 3463)."""

from __future__ import annotations

import re

ENHANCED = re.compile(r"\b5\.(?P<subject>\d{1,3})\.(?P<detail>\d{1,3})\b")
# 1 addressing, 2 mailbox, 4 routing (no such domain; Exchange Online says 5.4.1 for an unknown mailbox), 0 unsaid.
# Not 3 system, 5 protocol, 6 content, 7 policy: a relay of ours that is badly set up answers 5.7.1 to every letter.
BLAMES_ADDRESS = {"0", "1", "2", "4"}
# About the sender's address, or about this one letter: too long for the mailbox.
BLAMES_US = {("1", "7"), ("1", "8"), ("2", "3"), ("4", "6")}
# An answer without an enhanced code: no such mailbox, not local, name not allowed (RFC 5321, 4.2.3).
BASIC = re.compile(r"^(550|551|553)\b")


def blames_address(text: str) -> bool:
    """Whether this permanent refusal means that no letter to the address will arrive.

    `text` is an answer ("550 5.1.1 no such user") or the status of a bounce ("5.1.1").
    """
    found = ENHANCED.search(text)
    if found is None:
        return bool(BASIC.match(text))
    return found["subject"] in BLAMES_ADDRESS and (found["subject"], found["detail"]) not in BLAMES_US
