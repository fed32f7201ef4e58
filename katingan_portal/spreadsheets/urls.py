from django.urls import path

from katingan_portal.spreadsheets import views

app_name = "spreadsheets"

urlpatterns = [
    path("", views.import_list, name="list"),
    path("baru/<slug:key>/", views.upload, name="upload"),
    path("baru/<slug:key>/contoh.xlsx", views.template_download, name="template"),
    path("<int:pk>/", views.batch_page, name="batch"),
    path("<int:pk>/simpan/", views.confirm, name="confirm"),
    path("<int:pk>/batalkan/", views.undo, name="undo"),
    path("<int:pk>/ditolak.xlsx", views.rejected_download, name="rejected"),
]
