"""Who may do what: a page that an official can read and sign.

A role is held by a person at an agency from a date to a date (agencies.Membership). Each verb is granted either
for the person's own agency, for their own kecamatan, or for the whole district.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verb(StrEnum):
    """What can be done. The text after each verb is what an official reads on the role page."""

    FILE_REPORT = "file_report"
    SUBMIT_REPORT = "submit_report"
    SET_SUBMITTERS = "set_submitters"
    READ_DRAFT = "read_draft"
    REVIEW_REPORT = "review_report"
    VIEW_DASHBOARD = "view_dashboard"
    DIRECT = "direct"
    EDIT_COOPERATIVE = "edit_cooperative"
    IMPORT_SPREADSHEETS = "import_spreadsheets"
    EXPORT = "export"
    MANAGE_PEOPLE = "manage_people"
    ISSUE_ACCESS_LINK = "issue_access_link"
    HAND_OVER = "hand_over"
    NAME_SLOT = "name_slot"
    MANAGE_DUTIES = "manage_duties"
    MANAGE_FORMS = "manage_forms"
    READ_LETTER = "read_letter"
    ISSUE_LETTER = "issue_letter"
    MANAGE_LETTERS = "manage_letters"
    VIEW_OUTBOX = "view_outbox"
    USE_ADMIN = "use_admin"


VERB_TEXTS: dict[Verb, str] = {
    Verb.FILE_REPORT: "mengisi draf laporan",
    Verb.SUBMIT_REPORT: "mengirim laporan",
    Verb.SET_SUBMITTERS: "menentukan apakah operator boleh mengirim laporan",
    Verb.READ_DRAFT: "membaca draf dan laporan yang belum diterima",
    Verb.REVIEW_REPORT: "menerima atau mengembalikan laporan",
    Verb.VIEW_DASHBOARD: "melihat gambaran kabupaten dan siapa yang terlambat",
    Verb.DIRECT: "memberi arahan",
    Verb.EDIT_COOPERATIVE: "memperbarui data koperasi",
    Verb.IMPORT_SPREADSHEETS: "mengimpor lembar kerja",
    Verb.EXPORT: "mengunduh data",
    Verb.MANAGE_PEOPLE: "mengundang dan menghentikan pengguna",
    Verb.ISSUE_ACCESS_LINK: "membuat tautan masuk darurat",
    Verb.HAND_OVER: "menyerahkan jabatan seseorang kepada penggantinya",
    Verb.NAME_SLOT: "menamai perangkat daerah dan BUMD yang belum disebut instruksi",
    Verb.MANAGE_DUTIES: "mengatur tugas, hari libur, dan tahap penagihan",
    Verb.MANAGE_FORMS: "menyusun formulir laporan",
    Verb.READ_LETTER: "membaca surat teguran yang sudah terbit",
    Verb.ISSUE_LETTER: "menyusun dan menerbitkan surat teguran",
    Verb.MANAGE_LETTERS: "mengatur kop surat dan pola nomornya",
    Verb.VIEW_OUTBOX: "memeriksa pesan yang dikirim portal",
    Verb.USE_ADMIN: "membuka halaman admin data",
}

_READS_ALL = frozenset({Verb.EXPORT})
_AGENCY_WORK = frozenset({Verb.FILE_REPORT, Verb.SUBMIT_REPORT, Verb.READ_DRAFT, Verb.READ_LETTER})


@dataclass(frozen=True)
class Role:
    """own_agency, own_subdistrict, everywhere: the verbs granted for each reach."""

    key: str
    label: str
    own_agency: frozenset[Verb] = frozenset()
    own_subdistrict: frozenset[Verb] = frozenset()
    everywhere: frozenset[Verb] = frozenset()
    leads: bool = False

    @property
    def reads_every_agency(self) -> bool:
        return Verb.READ_DRAFT in self.everywhere

    @property
    def verbs(self) -> frozenset[Verb]:
        return self.own_agency | self.own_subdistrict | self.everywhere


ROLES: dict[str, Role] = {
    role.key: role
    for role in (
        Role("operator", "Operator", own_agency=_AGENCY_WORK, everywhere=_READS_ALL),
        Role(
            "head",
            "Pimpinan",
            own_agency=_AGENCY_WORK | {Verb.SET_SUBMITTERS, Verb.HAND_OVER},
            everywhere=_READS_ALL,
            leads=True,
        ),
        Role("deputy", "Sekretaris atau wakil pimpinan", own_agency=_AGENCY_WORK, everywhere=_READS_ALL),
        Role(
            "camat",
            "Camat",
            own_agency=_AGENCY_WORK | {Verb.ISSUE_ACCESS_LINK, Verb.SET_SUBMITTERS, Verb.HAND_OVER},
            own_subdistrict=frozenset({Verb.EDIT_COOPERATIVE}),
            everywhere=_READS_ALL,
            leads=True,
        ),
        Role(
            "subdistrict_operator",
            "Operator kecamatan",
            own_agency=_AGENCY_WORK | {Verb.ISSUE_ACCESS_LINK},
            own_subdistrict=frozenset({Verb.EDIT_COOPERATIVE}),
            everywhere=_READS_ALL,
        ),
        Role(
            "coordinator",
            "Koordinator",
            own_agency=_AGENCY_WORK,
            everywhere=_READS_ALL
            | {
                Verb.READ_DRAFT,
                Verb.REVIEW_REPORT,
                Verb.VIEW_DASHBOARD,
                Verb.EDIT_COOPERATIVE,
                Verb.IMPORT_SPREADSHEETS,
                Verb.READ_LETTER,
                Verb.ISSUE_LETTER,
            },
        ),
        Role(
            "executive",
            "Pemantau Kantor Bupati",
            everywhere=_READS_ALL | {Verb.READ_DRAFT, Verb.VIEW_DASHBOARD, Verb.READ_LETTER, Verb.DIRECT},
            leads=True,
        ),
        Role("import_admin", "Admin impor", everywhere=_READS_ALL | {Verb.IMPORT_SPREADSHEETS, Verb.EDIT_COOPERATIVE}),
        Role(
            "district_admin",
            "Admin kabupaten",
            everywhere=_READS_ALL
            | {
                Verb.VIEW_DASHBOARD,
                Verb.IMPORT_SPREADSHEETS,
                Verb.MANAGE_PEOPLE,
                Verb.ISSUE_ACCESS_LINK,
                Verb.HAND_OVER,
                Verb.NAME_SLOT,
                Verb.SET_SUBMITTERS,
                Verb.MANAGE_DUTIES,
                Verb.MANAGE_FORMS,
                Verb.READ_LETTER,
                Verb.ISSUE_LETTER,
                Verb.MANAGE_LETTERS,
                Verb.VIEW_OUTBOX,
                Verb.USE_ADMIN,
            },
        ),
    )
}

ROLE_CHOICES = [(role.key, role.label) for role in ROLES.values()]
