from django.urls import path

from villages import views

app_name = "villages"

urlpatterns = [
    path("desa/", views.village_list, name="list"),
    path("desa/<str:code>/", views.village_page, name="detail"),
    path("kecamatan/<str:code>/", views.subdistrict_page, name="subdistrict"),
    path("peta/", views.district_page, name="map"),
]
