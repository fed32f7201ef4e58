from django.urls import path

from agencies import views_own, views_people

AGENCY = "perangkat-daerah/<slug:code>/"

people_patterns = [
    path("mulai/", views_own.arrive, name="arrive"),
    path("ganti-peran/", views_own.switch_membership, name="switch_membership"),
    path("akun/peran/", views_own.posts, name="posts"),
    path("akun/kunci-api/", views_own.api_tokens, name="api_tokens"),
    path("akun/kunci-api/<int:pk>/cabut/", views_own.revoke_api_token, name="revoke_api_token"),
    path("lupa-kata-sandi/", views_own.forgot_password, name="forgot_password"),
    path("undangan/<str:secret>/", views_own.accept_invitation, name="accept_invitation"),
    path(f"{AGENCY}orang/", views_people.people, name="people"),
    path(f"{AGENCY}orang/undang/", views_people.invite, name="invite"),
    path(f"{AGENCY}orang/<int:pk>/", views_people.membership, name="membership"),
    path(f"{AGENCY}orang/<int:pk>/akhiri/", views_people.end_membership, name="end_membership"),
    path(f"{AGENCY}orang/<int:pk>/tautan/", views_people.rescue, name="rescue"),
    path(f"{AGENCY}undangan/<int:pk>/kirim-ulang/", views_people.resend_invitation, name="resend_invitation"),
    path(f"{AGENCY}undangan/<int:pk>/tarik/", views_people.withdraw_invitation, name="withdraw_invitation"),
]
