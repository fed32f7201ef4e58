"""What a person reads for verbs that are kept as codes; the others are Indonesian already.

A test finds every verb that the code records and holds that it reads well: a new code needs its line here.
"""

from __future__ import annotations

PHRASES = {
    "accept_invitation": "menerima undangan",
    "block_sign_in": "ditahan sementara karena terlalu sering salah masuk",
    "change_password": "mengganti kata sandi",
    "change_position": "mengubah jabatan",
    "change_profile": "mengubah profil",
    "create_api_token": "membuat kunci API",
    "end_membership": "mengakhiri peran",
    "end_session": "mengakhiri sesi masuk",
    "invite": "mengundang",
    "issue_access_link": "memberi tautan masuk",
    "issue_rescue_link": "memberi tautan masuk darurat",
    "issue_reset_link": "meminta tautan atur ulang kata sandi",
    "refuse_sign_in": "ditolak saat masuk",
    "resend_invitation": "mengirim ulang undangan",
    "resend_message": "mengirim ulang",
    "revoke_api_token": "mencabut kunci API",
    "set_message_preferences": "mengatur cara menerima pesan",
    "sign_in": "masuk",
    "sign_out": "keluar",
    "start_membership": "memulai peran",
    "try_contact_again": "mencoba lagi alamat yang ditolak",
    "use_rescue_link": "memakai tautan masuk darurat",
    "use_reset_link": "mengatur ulang kata sandi lewat tautan",
    "withdraw_invitation": "menarik undangan",
}


def in_words(verb: str) -> str:
    return PHRASES.get(verb, verb)
