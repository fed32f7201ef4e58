from django.urls import path

from katingan_portal.outbox import views, views_contacts, views_webhook

app_name = "outbox"

urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("dibaca/", views.read_all, name="read_all"),
    path("pengaturan/", views_contacts.preferences, name="preferences"),
    path("whatsapp/", views_webhook.whatsapp, name="whatsapp_webhook"),
    path("keluar/", views.browse, name="browse"),
    path("keluar/kirim-ulang/", views.resend_many, name="resend_many"),
    path("keluar/kontak/", views_contacts.broken, name="broken"),
    path("keluar/kontak/<int:pk>/coba-lagi/", views_contacts.try_again, name="try_contact_again"),
    path("keluar/<uuid:public_id>/", views.detail, name="detail"),
    path("keluar/<uuid:public_id>/kirim-ulang/", views.resend, name="resend"),
    path("<uuid:public_id>/", views.message, name="message"),
    path("<uuid:public_id>/dibaca/", views.read, name="read"),
]
