#!/usr/bin/env python3
"""Django's command line, with the database role that each command is meant to run as."""

import os
import sys

OWNER_COMMANDS = {"migrate", "makemigrations", "sqlmigrate", "showmigrations", "optimizemigration", "flush"}
WORKER_COMMANDS = {"chase", "tick", "read_bounces"}


def role_of(command: str) -> str:
    if command in OWNER_COMMANDS:
        return "owner"
    return "worker" if command in WORKER_COMMANDS else "web"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "katingan_portal.settings")
    os.environ["PORTAL_ROLE"] = role_of(sys.argv[1] if len(sys.argv) > 1 else "")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
