"""Every kind of message the portal sends, on one screen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """confidential: the body carries a one-time secret. Only its recipient ever reads it, and once it was sent (or
    will never be) it is wiped: whoever may look into the outbox could take the account over otherwise."""

    label: str
    confidential: bool = False


KINDS: dict[str, Kind] = {
    "chase": Kind("Penagihan laporan"),
    "report_returned": Kind("Laporan dikembalikan"),
    "report_accepted": Kind("Laporan diterima"),
    "report_reopened": Kind("Laporan dibuka lagi"),
    "report_mention": Kind("Disebut dalam percakapan"),
    "handover": Kind("Laporan menunggu dikirim pimpinan"),
    "extension_asked": Kind("Permintaan perpanjangan"),
    "extension_decided": Kind("Keputusan perpanjangan"),
    "promise": Kind("Janji atas laporan yang ditagih"),
    "disclaimer_made": Kind("Pernyataan bukan tugas"),
    "disclaimer_decided": Kind("Keputusan atas bukan tugas"),
    "directive": Kind("Arahan"),
    "directive_answered": Kind("Jawaban atas arahan"),
    "letter_issued": Kind("Surat diterbitkan"),
    "evidence": Kind("Virus dalam bukti laporan"),
    "contact": Kind("Kontak bermasalah"),
    "account": Kind("Pemberitahuan akun"),
    "invitation": Kind("Undangan", confidential=True),
    "password_reset": Kind("Atur ulang kata sandi", confidential=True),
}
