from __future__ import annotations

from typing import Any

from django import forms

from katingan_portal.spreadsheets.reading import shown_name
from katingan_portal.spreadsheets.table import MAX_BYTES


class UploadForm(forms.Form):
    """The file only; what is in it is the reader's business."""

    file = forms.FileField(
        label="Berkas",
        help_text="Excel (.xlsx) atau CSV, paling besar 10 MiB dan 5.000 baris.",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={
            "required": "Pilih berkas yang akan diimpor.",
            "empty": "Berkas ini kosong (0 bita). Simpan ulang berkasnya, lalu unggah lagi.",
            "missing": "Pilih berkas yang akan diimpor.",
            "invalid": "Berkas tidak terkirim dengan lengkap. Coba unggah lagi.",
        },
    )

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > MAX_BYTES:
            raise forms.ValidationError(
                f"Berkas “{shown_name(upload.name)}” terlalu besar: batasnya 10 MiB. Hapus gambar dan lembar yang "
                "tidak perlu, atau pecah menjadi beberapa berkas."
            )
        return upload
