"""Routed by the composition in development only."""

from django.urls import path

from katingan_portal.ui.views import components

app_name = "ui"
urlpatterns = [path("", components, name="components")]
