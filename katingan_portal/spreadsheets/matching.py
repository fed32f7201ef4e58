"""Find the village or agency that a spreadsheet means by a name, or say that a person must choose. Pure.

Nothing but an exact name, in one of its accepted forms, is ever taken without asking: 23 pairs of different villages
are more than 88 % alike, and old spellings can be equally near to two villages in different subdistricts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import fuzz

Key = Hashable
# (key, official name, context): the context of a village is its subdistrict.
Candidate = tuple[Key, str, str]

PREFIXES = re.compile(r"^(desa|ds|kelurahan|kel|kecamatan|kec|kabupaten|kab|dinas)\b\.?\s*")
# Read as additional forms only: a village may officially be called Telok, or Sei.
ABBREVIATIONS = {
    "tbg": "tumbang",
    "tb": "tumbang",
    "tmb": "tumbang",
    "sei": "sungai",
    "s": "sungai",
    "sg": "sungai",
    "tj": "tanjung",
    "tg": "tanjung",
    "tlk": "teluk",
    "kp": "kampung",
    "tw": "tewang",
    "ktg": "katingan",
    "&": "dan",
}
SUGGEST_FROM = 78
MOST_SUGGESTIONS = 5


@dataclass(frozen=True)
class Match:
    """exact: `key` is the one meant. ambiguous: several bear this name. suggestions: near names. Else none.

    choices: the candidates to offer, best first.
    """

    kind: Literal["exact", "ambiguous", "suggestions", "none"]
    key: Key = None
    choices: tuple[Candidate, ...] = ()

    @property
    def is_certain(self) -> bool:
        return self.kind == "exact"


def match_name(query: str, candidates: Iterable[Candidate], *, context: str = "") -> Match:
    """context: the subdistrict that the row names; a namesake elsewhere is then only a suggestion."""
    everyone = list(candidates)
    if not plain_name(query):
        return Match("none")
    found = _bearing(query, everyone)
    inside = [each for each in found if not context or _same_place(each[2], context)]
    if len(inside) == 1:
        return Match("exact", inside[0][0], (inside[0],))
    if inside:
        return Match("ambiguous", choices=tuple(inside))
    near = _near(query, everyone, context)
    choices = tuple(dict.fromkeys([*found, *near]))[:MOST_SUGGESTIONS]
    return Match("suggestions", choices=choices) if choices else Match("none")


def plain_name(name: str) -> str:
    """Lower case, no accents of layout, one blank between words."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(re.sub(r"[^\w/&]+", " ", folded).split())


def _bearing(query: str, candidates: list[Candidate]) -> list[Candidate]:
    """Those who bear exactly this name; failing that, one of its other forms."""
    plain = plain_name(query)
    literal = [each for each in candidates if plain_name(each[1]) == plain]
    if literal:
        return literal
    forms = forms_of(query)
    return [each for each in candidates if forms & _official_forms(each[1])]


def forms_of(name: str) -> set[str]:
    """The name, without its prefix, with its abbreviations written out, and with its blanks left out."""
    plain = plain_name(name)
    forms = {plain, PREFIXES.sub("", plain)}
    forms |= {_written_out(form) for form in forms}
    return {form.replace(" ", "") for form in forms if form}


def _official_forms(name: str) -> set[str]:
    plain = plain_name(name)
    return {form.replace(" ", "") for form in (plain, PREFIXES.sub("", plain)) if form}


def _written_out(form: str) -> str:
    return " ".join(ABBREVIATIONS.get(word, word) for word in form.split())


def _same_place(one: str, other: str) -> bool:
    return bool(forms_of(one) & forms_of(other))


def _near(query: str, candidates: list[Candidate], context: str) -> list[Candidate]:
    forms = forms_of(query)
    scored = [(max(fuzz.ratio(a, b) for a in forms for b in _official_forms(each[1])), each) for each in candidates]
    near = [(score, each) for score, each in scored if score >= SUGGEST_FROM]
    near.sort(key=lambda pair: (bool(context) and not _same_place(pair[1][2], context), -pair[0], pair[1][1]))
    return [each for _, each in near]
