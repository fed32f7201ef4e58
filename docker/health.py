"""Health check of the web container: /healthz answers, asked under a name that ALLOWED_HOSTS knows."""

from __future__ import annotations

import os
import urllib.request


def main() -> None:
    host = os.environ["ALLOWED_HOSTS"].split(",")[0]
    request = urllib.request.Request("http://127.0.0.1:8000/healthz", headers={"Host": host})
    urllib.request.urlopen(request, timeout=5)  # noqa: S310  (a fixed http address; an error status raises)


if __name__ == "__main__":
    main()
