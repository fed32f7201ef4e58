"""django-import-export's widgets over our own parsers: typed cells in, typed values out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from import_export.widgets import Widget

from katingan_portal.spreadsheets import values
from katingan_portal.spreadsheets.table import Cell


class CellWidget(Widget):
    """CellWidget(values.whole_rupiah, allow_negative=True): any parser of `values`.

    required: an empty cell is refused. Errors are BadValue, which import_export takes for a validation error.
    """

    def __init__(self, parse: Callable[..., Any], *, required: bool = False, **options: Any) -> None:
        super().__init__(coerce_to_string=False)
        self.parse, self.required, self.options = parse, required, options

    def clean(self, value: Cell, row: Any = None, **kwargs: Any) -> Any:
        parsed = self.parse(value, **self.options)
        if self.required and (parsed is None or parsed == ""):
            raise values.BadValue("Sel ini kosong, padahal wajib diisi.")
        return parsed

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return value
