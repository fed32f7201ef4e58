"""Included by reporting/urls.py, so that the names stay `reporting:…`."""

from django.urls import path

from reporting.letters import views, views_check, views_settings

urlpatterns = [
    path("surat/", views.letter_list, name="letters"),
    path("surat/nota-dinas/", views.new_memo, name="new_memo"),
    path("surat/untuk/<slug:code>/", views.new_letter, name="new_letter"),
    path("surat/pengaturan/", views_settings.letter_settings, name="letter_settings"),
    path("surat/pengaturan/<slug:series>/pola/", views_settings.save_pattern, name="letter_pattern"),
    path("surat/pengaturan/<slug:series>/mulai/", views_settings.begin_series, name="letter_begin"),
    path("surat/pengaturan/<slug:series>/contoh/", views_settings.preview_number, name="letter_preview"),
    path("surat/cek/<str:district>/<str:letter_code>/", views_check.check_letter, name="letter_check"),
    path("surat/<int:pk>/", views.letter_page, name="letter"),
    path("surat/<int:pk>/ubah/", views.edit_letter, name="edit_letter"),
    path("surat/<int:pk>/terbitkan/", views.issue_letter, name="issue_letter"),
    path("surat/<int:pk>/batalkan/", views.void_letter, name="void_letter"),
    path("surat/<int:pk>/tutup/", views.drop_letter, name="drop_letter"),
    path("surat/<int:pk>/surat.<str:extension>", views.letter_file, name="letter_file"),
]
