from django.urls import path

from cooperatives import views

app_name = "cooperatives"

urlpatterns = [
    path("koperasi/", views.cooperative_list, name="list"),
    path("koperasi/unduh.<str:extension>", views.export, name="export"),
    path("koperasi/<str:code>/", views.cooperative_page, name="detail"),
    path("koperasi/<str:code>/tonggak/", views.add_milestone, name="add_milestone"),
    path("koperasi/<str:code>/tonggak/<int:pk>/batalkan/", views.remove_milestone, name="withdraw_milestone"),
]
