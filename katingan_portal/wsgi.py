import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "katingan_portal.settings")
os.environ["PORTAL_ROLE"] = "web"

application = get_wsgi_application()

from katingan_portal.tenancy.boot import refuse_wrong_role  # noqa: E402  (needs the apps to be loaded)

refuse_wrong_role("web")
