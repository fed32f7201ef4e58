from __future__ import annotations

from typing import Any

from django import forms

from katingan_portal.spreadsheets.forms import UploadForm
from katingan_portal.spreadsheets.reading import shown_name

# A template of 161 villages with ten columns takes some 60 kB.
MOST_BYTES = 2 * 1024 * 1024


class TemplateUploadForm(UploadForm):
    """A filled-in template; what is in it is the reader's business."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["file"]
        field.label, field.help_text = "Templat yang sudah diisi", "Berkas .xlsx dari portal, paling besar 2 MiB."
        field.widget.attrs["accept"] = ".xlsx"
        field.error_messages["required"] = "Pilih templat yang sudah Anda isi."

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > MOST_BYTES:
            raise forms.ValidationError(
                f"Berkas “{shown_name(upload.name)}” terlalu besar untuk templat laporan: batasnya 2 MiB. Hapus gambar "
                "dan isi lain di luar sel kuning, lalu unggah lagi."
            )
        return upload
