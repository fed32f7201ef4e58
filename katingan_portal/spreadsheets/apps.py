from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class SpreadsheetsConfig(AppConfig):
    name = "katingan_portal.spreadsheets"
    label = "spreadsheets"
    verbose_name = "Lembar kerja"

    def ready(self) -> None:
        from import_export.formats import base_formats

        from katingan_portal.spreadsheets.formats import SafeCSV, SafeXLSX

        # import_export hands numbers and dates as such only to the formats in this list.
        base_formats.BINARY_FORMATS.extend({SafeXLSX, SafeCSV} - set(base_formats.BINARY_FORMATS))
        autodiscover_modules("imports")
