from django.urls import path

from katingan_portal.accounts import views

app_name = "accounts"

urlpatterns = [
    path("masuk/", views.sign_in, name="sign_in"),
    path("keluar/", views.sign_out, name="sign_out"),
    path("tautan/<str:secret>/", views.access_link, name="access_link"),
    path("akun/", views.security, name="security"),
    path("akun/profil/", views.edit_profile, name="edit_profile"),
    path("akun/kata-sandi/", views.change_password, name="change_password"),
    path("akun/perangkat/akhiri-lainnya/", views.end_other_sessions, name="end_other_sessions"),
    path("akun/perangkat/<int:pk>/akhiri/", views.end_session, name="end_session"),
]
