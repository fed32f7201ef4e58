from django.urls import path

from reporting.answering import views as answering
from reporting.answering import views_directives as directives
from reporting.answering import views_disclaimers as disclaimers
from reporting.chasing import views as chasing
from reporting.chasing import views_ladder as ladder
from reporting.dashboards import (
    compliance,
    form_draft,
    form_pages,
    form_publication,
    obligations,
    reviewing,
    revisions,
    why,
)
from reporting.dashboards import views as dashboards
from reporting.duties import views as duties
from reporting.handovers import views as handovers
from reporting.letters.urls import urlpatterns as letters
from reporting.periods import views as periods
from reporting.reaching import views as reaching
from reporting.reaching import views_calendar as calendars
from reporting.submissions import views as submissions
from reporting.submissions import views_extensions as extensions
from reporting.submissions.evidence import views as evidence
from reporting.submissions.files import views as files

app_name = "reporting"

urlpatterns = [
    path("laporan/", obligations.obligation_list, name="obligations"),
    path("laporan/daftar.xlsx", compliance.obligations_file, name="obligations_xlsx"),
    path("laporan/pemeriksaan/", reviewing.review_queue, name="review_queue"),
    path("laporan/pemeriksaan/terima/", reviewing.accept_many, name="accept_many"),
    path("laporan/<int:pk>/", obligations.obligation_page, name="obligation"),
    path("laporan/<int:pk>/isi/", submissions.file_report, name="file"),
    path("laporan/<int:pk>/isi/simpan/", submissions.autosave, name="autosave"),
    path("laporan/<int:pk>/templat.xlsx", files.template_xlsx, name="template_xlsx"),
    path("laporan/<int:pk>/unggah/", files.upload_template, name="upload_template"),
    path("laporan/<int:pk>/unggah/simpan/", files.save_template, name="save_template"),
    path("laporan/<int:pk>/salinan.pdf", files.report_pdf, name="report_pdf"),
    path("laporan/<int:pk>/salinan.xlsx", files.report_xlsx, name="report_xlsx"),
    path("laporan/<int:pk>/periksa/", reviewing.review_page, name="review"),
    path("laporan/<int:pk>/terima/", reviewing.accept, name="accept"),
    path("laporan/<int:pk>/kembalikan/", reviewing.return_report, name="return"),
    path("laporan/<int:pk>/buka-lagi/", reviewing.reopen, name="reopen"),
    path("laporan/<int:pk>/revisi/", revisions.revision_page, name="revisions"),
    path("laporan/<int:pk>/komentar/", obligations.comment, name="comment"),
    path("laporan/<int:pk>/bebaskan/", obligations.waive_obligation, name="waive"),
    path("laporan/<int:pk>/cabut-pembebasan/", periods.lift_waiver, name="lift_waiver"),
    path("laporan/bebaskan/", periods.waive_many, name="waive_many"),
    path("laporan/<int:pk>/perpanjangan/", extensions.ask_extension, name="ask_extension"),
    path("laporan/perpanjangan/", extensions.extension_queue, name="extension_queue"),
    path("laporan/perpanjangan/<int:pk>/", extensions.decide_extension, name="decide_extension"),
    path("laporan/perpanjangan/<int:pk>/tarik/", extensions.withdraw_extension, name="withdraw_extension"),
    path("laporan/<int:pk>/janji/", answering.promise, name="promise"),
    path("janji/<int:pk>/tarik/", answering.withdraw_promise, name="withdraw_promise"),
    path("laporan/<int:pk>/bukan-tugas/", disclaimers.disclaim, name="disclaim"),
    path("laporan/bukan-tugas/", disclaimers.disclaimer_queue, name="disclaimer_queue"),
    path("laporan/bukan-tugas/<int:pk>/", disclaimers.settle_disclaimer, name="settle_disclaimer"),
    path("laporan/bukan-tugas/<int:pk>/tarik/", disclaimers.withdraw_disclaimer, name="withdraw_disclaimer"),
    path("laporan/<int:pk>/arahan/", directives.give_directive, name="give_directive"),
    path("laporan/<int:pk>/whatsapp/<int:post_pk>/", reaching.chase_by_whatsapp, name="chase_by_whatsapp"),
    path("kontak/<int:pk>/", reaching.contact, name="contact"),
    path("arahan/", directives.directive_list, name="directives"),
    path("arahan/<int:pk>/jawab/", directives.answer_directive, name="answer_directive"),
    path("arahan/<int:pk>/tarik/", directives.withdraw_directive, name="withdraw_directive"),
    path("arahan/<int:pk>/selesai/", directives.close_directive, name="close_directive"),
    path("perangkat-daerah/<slug:code>/orang/<int:pk>/serah-terima/", handovers.hand_over, name="hand_over"),
    path("serah-terima/<int:pk>/dibaca/", handovers.acknowledge_handover, name="acknowledge_handover"),
    path("kalender/", periods.calendar_page, name="calendar"),
    path("kalender/langganan/", calendars.calendar_feed, name="calendar_feed"),
    path("kalender/langganan/<str:code>/<str:secret>.ics", calendars.calendar_ics, name="calendar_ics"),
    path("kalender/hari/", periods.close_day, name="close_day"),
    path("kalender/hari/<int:pk>/buka/", periods.open_day, name="open_day"),
    path("kalender/muat/", periods.reload_days, name="reload_days"),
    path("kalender/kelonggaran/", periods.add_grace, name="add_grace"),
    path("kalender/kelonggaran/<int:pk>/akhiri/", periods.end_grace, name="end_grace"),
    path("kalender/sabtu/", periods.saturday_offices, name="saturday_offices"),
    path("tangga/", ladder.ladder_page, name="ladder"),
    path("tangga/tahap/baru/", ladder.add_step, name="ladder_add"),
    path("tangga/tahap/<int:pk>/", ladder.edit_step, name="ladder_edit"),
    path("tangga/tahap/<int:pk>/hentikan/", ladder.retire_step, name="ladder_retire"),
    path("tangga/tahap/<int:pk>/berlakukan/", ladder.restore_step, name="ladder_restore"),
    path("tangga/kalender/", chasing.preview_page, name="ladder_preview"),
    path("laporan/<int:pk>/penagihan/", why.why_page, name="why"),
    path("laporan/<int:pk>/bila-terlambat/", chasing.plan_page, name="plan"),
    path("tangga/khusus/", ladder.begin_own_ladder, name="ladder_own"),
    path("tangga/khusus/akhiri/", ladder.end_own_ladder, name="ladder_own_end"),
    path("laporan/<int:pk>/bukti/", evidence.evidence_page, name="evidence"),
    path("bukti/<int:pk>/", evidence.evidence_file, name="evidence_file"),
    path("bukti/<int:pk>/kecil/", evidence.evidence_thumb, name="evidence_thumb"),
    path("bukti/<int:pk>/hapus/", evidence.remove_evidence, name="remove_evidence"),
    path("tugas/", duties.duty_list, name="duties"),
    path("tugas/instruksi/tambah/", duties.add_decree, name="add_decree"),
    path("tugas/baru/tambah/", duties.add_duty, name="add_duty"),
    path("tugas/<slug:code>/ubah/", duties.revise_duty, name="revise_duty"),
    path("tugas/<slug:code>/", duties.duty_page, name="duty"),
    path("tugas/<slug:code>/akhiri/<int:pk>/", duties.end_assignment, name="end_assignment"),
    path("formulir/", form_pages.form_list, name="forms"),
    path("formulir/baru/", form_pages.new_form, name="new_form"),
    path("formulir/<slug:code>/", form_pages.form_page, name="form"),
    path("formulir/<slug:code>/pengaturan/", form_pages.form_settings, name="form_settings"),
    path("formulir/<slug:code>/salin/", form_pages.copy_form, name="copy_form"),
    path("formulir/<slug:code>/bandingkan/", form_publication.compare, name="form_compare"),
    path("formulir/<slug:code>/versi/<int:number>/", form_publication.preview, name="form_preview"),
    path("formulir/<slug:code>/versi/<int:number>/ambil/", form_pages.take_back_draft, name="form_take_back"),
    path("formulir/<slug:code>/draf/", form_draft.draft_page, name="form_draft"),
    path("formulir/<slug:code>/draf/mulai/", form_pages.start_draft, name="form_start_draft"),
    path("formulir/<slug:code>/draf/terbitkan/", form_publication.publish, name="form_publish"),
    path("formulir/<slug:code>/draf/buang/", form_publication.discard, name="form_discard"),
    path("formulir/<slug:code>/draf/pindah/", form_draft.move, name="form_move"),
    path("formulir/<slug:code>/draf/bagian/", form_draft.rename_section, name="form_section"),
    path("formulir/<slug:code>/draf/kembalikan/", form_draft.undo_removal, name="form_undo"),
    path("formulir/<slug:code>/draf/pertanyaan/", form_draft.new_question, name="form_new_question"),
    path("formulir/<slug:code>/draf/pertanyaan/<int:pk>/", form_draft.edit_question, name="form_question"),
    path(
        "formulir/<slug:code>/draf/pertanyaan/<int:pk>/hapus/", form_draft.remove_question, name="form_remove_question"
    ),
    path("formulir/<slug:code>/draf/aturan/", form_draft.new_rule, name="form_new_rule"),
    path("formulir/<slug:code>/draf/aturan/<int:pk>/", form_draft.edit_rule, name="form_rule"),
    path("formulir/<slug:code>/draf/aturan/<int:pk>/hapus/", form_draft.remove_rule, name="form_remove_rule"),
    path("gambaran/", dashboards.overview, name="overview"),
    path("gambaran/ukuran/", compliance.measures_page, name="measures"),
    path("gambaran/ukuran.xlsx", compliance.measures_file, name="measures_xlsx"),
    path("gambaran/kisi/", compliance.grid_page, name="grid"),
    path("gambaran/kepatuhan.xlsx", dashboards.overview_xlsx, name="overview_xlsx"),
    path("perangkat-daerah/<slug:code>/laporan/", dashboards.agency_standing, name="agency_standing"),
    *letters,
]
