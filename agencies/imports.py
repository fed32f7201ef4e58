"""Which agency a spreadsheet means, by its code, a name or an alias. For every kind of file with such a column.

Spelling is forgiven as far as nothing is guessed: case, stops, blanks, "Dinas" or "Kecamatan" in front, the district's
own name behind. A slip of the pen gets a question, not an answer, and so does a name that two agencies bear.
"""

from __future__ import annotations

from typing import Any

from import_export.widgets import Widget

from agencies.models import Agency
from agencies.queries import names_of
from katingan_portal.spreadsheets.matching import Candidate, Match, match_name, plain_name
from katingan_portal.spreadsheets.values import BadValue, text
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import current_regency_id

MOST_SUGGESTIONS = 3


class AgencyWidget(Widget):
    """A cell → the agency of the running regency. Slots are found too: what they may not do, the action says.

    Make one per import: it keeps the agencies it read.
    """

    def __init__(self) -> None:
        super().__init__(coerce_to_string=False)
        self._directory: Directory | None = None

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Agency:
        typed = text(value, max_length=200)
        if not typed:
            raise BadValue("Sel ini kosong, padahal wajib diisi.")
        if self._directory is None:
            self._directory = Directory()
        return self._directory.meant_by(typed)


class Directory:
    """The agencies of the running regency under every name they bear, read once."""

    def __init__(self) -> None:
        self.agencies = {agency.code: agency for agency in Agency.objects.all()}
        self.regency = plain_name(Regency.objects.get(pk=current_regency_id()).name)
        self.names: list[Candidate] = [
            (agency.code, name, "")
            for agency in self.agencies.values()
            for name in {plain_name(each): each for each in (agency.code, *names_of(agency))}.values()
        ]

    def meant_by(self, typed: str) -> Agency:
        """Raises BadValue with the likely ones when it is not certain."""
        match = match_name(self._without_regency(typed), self.names)
        found = self._agencies(match)
        if match.kind in ("exact", "ambiguous") and len(found) == 1:
            return found[0]
        if match.kind == "ambiguous":
            raise BadValue(f"“{typed}” bisa berarti {_either(found)}. Tulis kodenya.")
        suggestion = f"Mungkin yang dimaksud {_either(found)}." if found else "Pakai kode atau nama yang ada di portal."
        raise BadValue(f"“{typed}” tidak dikenal sebagai perangkat daerah. {suggestion}")

    def _without_regency(self, typed: str) -> str:
        """ "Dinas Kesehatan Kab. Katingan" → "dinas kesehatan"; another district's name stays, and finds nobody."""
        plain = plain_name(typed)
        for ending in (self.regency, self.regency.replace("kabupaten ", "kab ")):
            plain = plain.removesuffix(f" {ending}")
        return plain

    def _agencies(self, match: Match) -> list[Agency]:
        codes = dict.fromkeys(str(code) for code, _, _ in match.choices)
        return [self.agencies[code] for code in codes][:MOST_SUGGESTIONS]


def _either(agencies: list[Agency]) -> str:
    return " atau ".join(f"{agency.name} ({agency.code})" for agency in agencies)
