from django.urls import path

from katingan_portal.outbox import views

app_name = "outbox"

urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("dibaca/", views.read_all, name="read_all"),
    path("keluar/", views.browse, name="browse"),
    path("keluar/<uuid:public_id>/", views.detail, name="detail"),
    path("keluar/<uuid:public_id>/kirim-ulang/", views.resend, name="resend"),
    path("<uuid:public_id>/", views.message, name="message"),
    path("<uuid:public_id>/dibaca/", views.read, name="read"),
]
