from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    default_site = "katingan_portal.spreadsheets.admin_site.PortalAdminSite"
