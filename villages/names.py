"""Comparing names of villages as people type them.

Only the comparison is forgiving, no stored name is ever rewritten: Telok is a village's real name, no slip for Teluk.
"""

from __future__ import annotations

import re

from rapidfuzz import fuzz

ABBREVIATIONS = {
    "tbg": "tumbang",
    "tb": "tumbang",
    "sei": "sungai",
    "sg": "sungai",
    "tj": "tanjung",
    "kec": "kecamatan",
}
PREFIXES = {"desa", "ds", "kelurahan", "kel", "kecamatan"}
GOOD_ENOUGH = 76
PLACE_WEIGHT = 0.95  # a hit on the kecamatan's name counts a little less than one on the village's own


def words_of(text: str) -> list[str]:
    """ "Kel.  Tbg. Samba" → ["tumbang", "samba"]."""
    words = [ABBREVIATIONS.get(word, word) for word in re.findall(r"[^\W_]+", text.casefold())]
    return [word for word in words if word not in PREFIXES] or words


def plain_name(text: str) -> str:
    return " ".join(words_of(text))


def likeness(typed: str, name: str, place: str = "") -> float:
    """0–100: how well every word typed is found in the name, or in the place (its kecamatan) that goes with it.

    A beginning counts as found, so that results come while one types.
    """
    wanted, own, around = words_of(typed), words_of(name), words_of(place) if place else []
    if not wanted:
        return 0.0
    scores = [max(_found(word, own), PLACE_WEIGHT * _found(word, around)) for word in wanted]
    weakest, mean = min(scores), sum(scores) / len(scores)
    found = mean if weakest >= GOOD_ENOUGH * PLACE_WEIGHT else weakest
    joined = max(_ratio(wanted, own), PLACE_WEIGHT * _ratio(wanted, around))
    # The last part decides between names that all contain the words: the one that says no more comes first.
    return min(100.0, max(0.97 * found, 0.97 * joined) + 0.03 * _ratio(wanted, own))


def _found(word: str, words: list[str]) -> float:
    return max((_word_ratio(word, each) for each in words), default=0.0)


def _word_ratio(typed: str, word: str) -> float:
    return 100.0 if len(typed) > 1 and word.startswith(typed) else fuzz.ratio(typed, word)


def _ratio(some: list[str], others: list[str]) -> float:
    """Spaces do not count: Tumbangsamba is Tumbang Samba."""
    return fuzz.ratio("".join(some), "".join(others))
