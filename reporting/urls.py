from django.urls import path

from reporting.dashboards import compliance, obligations
from reporting.dashboards import views as dashboards
from reporting.duties import views as duties
from reporting.submissions import views as submissions

app_name = "reporting"

urlpatterns = [
    path("laporan/", obligations.obligation_list, name="obligations"),
    path("laporan/daftar.xlsx", compliance.obligations_file, name="obligations_xlsx"),
    path("laporan/pemeriksaan/", obligations.review_queue, name="review_queue"),
    path("laporan/<int:pk>/", obligations.obligation_page, name="obligation"),
    path("laporan/<int:pk>/isi/", submissions.file_report, name="file"),
    path("laporan/<int:pk>/isi/simpan/", submissions.autosave, name="autosave"),
    path("laporan/<int:pk>/terima/", obligations.accept, name="accept"),
    path("laporan/<int:pk>/kembalikan/", obligations.return_report, name="return"),
    path("laporan/<int:pk>/bebaskan/", obligations.waive_obligation, name="waive"),
    path("tugas/", duties.duty_list, name="duties"),
    path("tugas/<slug:code>/", duties.duty_page, name="duty"),
    path("tugas/<slug:code>/akhiri/<int:pk>/", duties.end_assignment, name="end_assignment"),
    path("gambaran/", dashboards.overview, name="overview"),
    path("gambaran/ukuran/", compliance.measures_page, name="measures"),
    path("gambaran/ukuran.xlsx", compliance.measures_file, name="measures_xlsx"),
    path("gambaran/kisi/", compliance.grid_page, name="grid"),
    path("gambaran/kepatuhan.xlsx", dashboards.overview_xlsx, name="overview_xlsx"),
    path("perangkat-daerah/<slug:code>/laporan/", dashboards.agency_standing, name="agency_standing"),
]
