"""The words a letter begins with. Whoever drafts it may change them; nothing here threatens what no rule provides."""

from __future__ import annotations

from collections.abc import Iterable

from agencies.models import Agency
from katingan_portal.tenancy.models import Regency
from katingan_portal.ui import formats
from reporting.duties.models import Decree
from reporting.letters.models import Letter, LetterKind

SUBJECTS = {
    LetterKind.TEGURAN_1: "Teguran I atas laporan yang belum disampaikan",
    LetterKind.TEGURAN_2: "Teguran II atas laporan yang belum disampaikan",
    LetterKind.TEGURAN_3: "Teguran III atas laporan yang belum disampaikan",
    LetterKind.NOTA_DINAS: "Perangkat daerah yang belum menyampaikan laporan",
}
NATURES = {
    LetterKind.TEGURAN_1: "Biasa",
    LetterKind.TEGURAN_2: "Penting",
    LetterKind.TEGURAN_3: "Segera",
    LetterKind.NOTA_DINAS: "Penting",
}
THANKS = "Atas perhatian dan kerja sama Saudara, kami sampaikan terima kasih."
CLOSINGS = {
    LetterKind.TEGURAN_1: "Mohon laporan tersebut disampaikan melalui portal paling lambat 5 (lima) hari kerja sejak "
    "surat ini diterima. Bila ada kendala, sampaikanlah kepada kami supaya dapat dicarikan jalan keluarnya.",
    LetterKind.TEGURAN_2: "Mohon laporan tersebut disampaikan melalui portal paling lambat 3 (tiga) hari kerja sejak "
    "surat ini diterima. Bila masih ada kendala, sampaikanlah secara tertulis kepada kami dalam waktu yang sama.",
    LetterKind.TEGURAN_3: "Mohon laporan tersebut disampaikan melalui portal paling lambat 3 (tiga) hari kerja sejak "
    "surat ini diterima. Setelah itu, keadaannya kami laporkan kepada Bupati untuk mendapat arahan.",
}
CLOSING_OF_MEMO = "Demikian kami laporkan. Mohon arahan Bapak/Ibu lebih lanjut."
# What stands before an office's name when a letter is addressed to its leader.
LEADERS = {Agency.Kind.OPD: "Kepala", Agency.Kind.SUBDISTRICT: "Camat", Agency.Kind.BUMD: "Direktur"}
LEADERSHIP = {"Kantor Bupati": "Bupati", "Sekretariat Daerah": "Sekretaris Daerah"}


def addressee_of(agency: Agency, regency: Regency) -> str:
    """The leader of an office by title, as letters are addressed: never by name."""
    if agency.kind == Agency.Kind.LEADERSHIP:
        title = LEADERSHIP.get(agency.name, f"Pimpinan {agency.name}")
        return f"{title} {regency.name.removeprefix('Kabupaten ') if title == 'Bupati' else regency.name}"
    return f"{LEADERS[Agency.Kind(agency.kind)]} {agency.name.removeprefix('Kecamatan ')}"


def opening_of(kind: LetterKind, agency: Agency, earlier: Iterable[Letter]) -> str:
    """earlier: the letters of the step before that are in force, newest first."""
    decree = Decree.objects.first()
    ground = f"{decree.issuer} Nomor {decree.number} tentang {decree.title}" if decree else "kewajiban melapor"
    if kind == LetterKind.NOTA_DINAS:
        return (
            f"Bersama ini kami laporkan bahwa sampai dengan tanggal nota dinas ini, berdasarkan {ground}, laporan dari "
            "perangkat daerah berikut belum kami terima:"
        )
    last = next(iter(earlier), None)
    again = (
        f"Menyusul {last.get_kind_display()} Nomor {last.full_number} tanggal {formats.day(last.issued_on)} dan "
        if last
        else ""
    )
    start = f"{again}{'berdasarkan' if again else 'Berdasarkan'} {ground}"
    return f"{start}, bersama ini kami sampaikan bahwa laporan {agency.name} berikut belum kami terima:"


def closing_of(kind: LetterKind) -> str:
    return CLOSING_OF_MEMO if kind == LetterKind.NOTA_DINAS else f"{CLOSINGS[kind]}\n{THANKS}"
