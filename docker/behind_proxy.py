"""The web application as docker-compose.yml serves it: only its own proxy can reach it.

The proxy replaces X-Forwarded-For by the address that it saw itself. Without this, every sign-in would seem to come
from the proxy, and thirty typing errors in the whole district would slow down everybody (accounts/throttle.py).
"""

from __future__ import annotations

from granian.utils.proxies import wrap_wsgi_with_proxy_headers

from katingan_portal.wsgi import application as portal

application = wrap_wsgi_with_proxy_headers(portal, trusted_hosts="*")
