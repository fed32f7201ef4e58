from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from katingan_portal.api import router
from reporting.dashboards import pulse
from reporting.dashboards import views as dashboards
from reporting.dashboards.metrics import metrics

urlpatterns: list[URLPattern | URLResolver] = [
    path("", dashboards.home, name="home"),
    path("cari/", dashboards.search, name="search"),
    path("denyut/", pulse.heartbeat, name="heartbeat"),
    path("denyut/lanjutkan/", pulse.release_hold, name="release_hold"),
    path("healthz", pulse.health, name="health"),
    path("healthz/deep", pulse.deep_health, name="deep_health"),
    path("metrics", metrics, name="metrics"),
    path("", include("katingan_portal.accounts.urls")),
    path("", include("agencies.urls")),
    path("", include("villages.urls")),
    path("", include("cooperatives.urls")),
    path("", include("reporting.urls")),
    path("impor/", include("katingan_portal.spreadsheets.urls")),
    path("pesan/", include("katingan_portal.outbox.urls")),
    path("api/v1/", include(router.urls)),
    path("api/openapi.json", SpectacularJSONAPIView.as_view(), name="openapi"),
    path("api/", SpectacularSwaggerSplitView.as_view(url_name="openapi"), name="api_docs"),
    path("admin/", admin.site.urls),
]

if settings.PORTAL_DEVELOPMENT:
    urlpatterns.append(path("komponen/", include("katingan_portal.ui.urls")))
