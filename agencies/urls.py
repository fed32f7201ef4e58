from django.urls import path

from agencies import views
from agencies.urls_people import AGENCY, people_patterns

app_name = "agencies"

urlpatterns = [
    path("perangkat-daerah/", views.agency_list, name="list"),
    path(AGENCY, views.agency_page, name="detail"),
    path(f"{AGENCY}namai/", views.name_agency, name="name_slot"),
    path(f"{AGENCY}pengirim/", views.set_submitters, name="set_submitters"),
    *people_patterns,
]
