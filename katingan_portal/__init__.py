import os

# python-docx brings lxml, and openpyxl would take it up: then it writes a line end in a cell as "\r\n", and reads what
# people upload with another parser than the one that the bad files were tried on.
os.environ.setdefault("OPENPYXL_LXML", "False")

from katingan_portal.celery import app as celery_app

__all__ = ["celery_app"]
