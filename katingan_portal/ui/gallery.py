"""What the page of components shows. Villages and NIB counts are Katingan's own; people and reports are made up."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from katingan_portal.ui import formats
from katingan_portal.ui.forms import DateField, MoneyField
from katingan_portal.ui.statuses import STATUSES

WIB = ZoneInfo("Asia/Pontianak")
SOURCE = "SIMKOPDES"
AS_OF = date(2026, 8, 31)
NIB_BY_SUBDISTRICT = {
    "Kamipang": 5,
    "Katingan Hilir": 7,
    "Tewang Sangalang Garing": 5,
    "Pulau Malan": 0,
    "Katingan Tengah": 4,
    "Sanaman Mantikei": 4,
}
COMPLETENESS = {"Jun": 0.62, "Jul": 0.71, "Agu": 0.68, "Sep": 0.83, "Okt": 0.9091, "Nov": 0.4546}


class SampleForm(forms.Form):
    title = forms.CharField(label="Judul kegiatan", max_length=80, help_text="Ringkas, seperti judul pada surat.")
    village = forms.ChoiceField(
        label="Desa",
        choices=[("", "Pilih desa…"), ("62.06.02.2001", "Tewang Kadamba"), ("62.06.02.2006", "Banut Kalanaman")],
    )
    held_on = DateField(label="Tanggal kegiatan")
    members = forms.IntegerField(label="Anggota yang hadir", min_value=0)
    spent_rp = MoneyField(label="Biaya", required=False, help_text="Tulis 0 bila tanpa biaya.")
    result = forms.CharField(label="Hasil", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    kind = forms.ChoiceField(
        label="Jenis laporan",
        widget=forms.RadioSelect,
        choices=[("figures", "Ada kegiatan"), ("nil", "Nihil, dengan alasan")],
    )
    units = forms.MultipleChoiceField(
        label="Gerai yang aktif",
        widget=forms.CheckboxSelectMultiple,
        required=False,
        choices=[("sembako", "Sembako"), ("savings", "Unit Simpan Pinjam"), ("pharmacy", "Apotek Desa")],
    )
    evidence = forms.FileField(label="Bukti", required=False, help_text="PDF, JPG atau PNG, paling besar 10 MB.")
    confirmed = forms.BooleanField(label="Isian ini sudah saya periksa")


def sample_context() -> dict[str, Any]:
    return {
        "statuses": list(STATUSES),
        "tones": ("neutral", "muted", "info", "success", "warning", "danger", "accent", "primary"),
        "source": SOURCE,
        "as_of": AS_OF,
        "bars": [{"label": name, "value": count} for name, count in NIB_BY_SUBDISTRICT.items()],
        "columns": [
            {"label": name, "value": ratio, "text": formats.percent(ratio, 0)} for name, ratio in COMPLETENESS.items()
        ],
        "tasks": _tasks(),
        "events": _events(),
        "villages": _villages(),
        "facts": _facts(),
        "tabs": [
            {"label": "Semua", "url": "?tab=semua", "active": True, "count": 161},
            {"label": "Terlambat", "url": "?tab=terlambat", "count": 3},
            {"label": "Riwayat", "url": "?tab=riwayat"},
        ],
        "breadcrumbs": [{"label": "Beranda", "url": "/"}, {"label": "Pengembangan", "url": ""}, {"label": "Komponen"}],
    }


def _tasks() -> list[dict[str, str]]:
    return [
        {
            "title": "Laporan pendampingan Business Assistant, Oktober 2026",
            "text": "Tugas 1 huruf a · jatuh tempo 13 November 2026, pukul 23.59 WIB",
            "due": "Lewat 7 hari kerja",
            "tone": "danger",
            "kind": "primary",
            "action": "Isi laporan",
        },
        {
            "title": "Database koperasi desa/kelurahan, Oktober 2026",
            "text": "Dikembalikan Sekretariat: “Lampirkan daftar NIB per desa.”",
            "due": "Perbaiki sebelum 26 November 2026",
            "tone": "warning",
            "action": "Perbaiki",
        },
        {
            "title": "Pemantauan dan evaluasi, November 2026",
            "text": "Isian bulan lalu sudah disalin sebagai awal.",
            "due": "Jatuh tempo 14 Desember 2026",
            "tone": "info",
            "action": "Mulai isi",
        },
    ]


def _events() -> list[dict[str, Any]]:
    return [
        {
            "at": datetime(2026, 11, 20, 9, 12, tzinfo=WIB),
            "actor": "Budi Santoso",
            "verb": "mengembalikan laporan",
            "detail": "Lampirkan daftar NIB per desa.",
            "tone": "warning",
        },
        {"at": datetime(2026, 11, 12, 16, 40, tzinfo=WIB), "actor": "Ani Lestari", "verb": "mengirim laporan"},
        {"at": datetime(2026, 11, 2, 0, 5, tzinfo=WIB), "actor": "Portal", "verb": "membuka periode Oktober 2026"},
    ]


def _villages() -> list[dict[str, Any]]:
    return [
        {
            "name": "Kasongan Lama",
            "subdistrict": "Katingan Hilir",
            "members": 214,
            "savings_rp": 8300000,
            "status": "diterima",
        },
        {"name": "Tumbang Liting", "subdistrict": "Katingan Hilir", "members": 0, "savings_rp": 0, "status": "nihil"},
        {"name": "Telok", "subdistrict": "Katingan Tengah", "members": None, "savings_rp": None, "status": "terlambat"},
    ]


def _facts() -> list[dict[str, Any]]:
    return [
        {"label": "Kode Kemendagri", "value": "62.06.02.1004"},
        {"label": "Kecamatan", "value": "Katingan Hilir", "url": "?kecamatan=62.06.02"},
        {"label": "Luas lahan", "value": None, "note": "Belum ada yang melaporkan luas lahan."},
        {"label": "Anggota penerima bantuan sosial", "value": 0},
    ]
