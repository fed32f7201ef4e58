"""docker-compose.yml gives each process exactly what settings.py reads, and each its own database role."""

from __future__ import annotations

import ast
import importlib.metadata
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from tests.environment_of_settings import ROOT, defaults_of_settings
from tests.walls.test_settings_documented import documented

COMPOSE = ROOT / "docker-compose.yml"
PROCESSES = ("web", "worker", "beat", "migrate")
SENDERS = ("worker",)
ROLE_URLS = {
    "web": ("DATABASE_URL", "portal_web"),
    "worker": ("DATABASE_WORKER_URL", "portal_worker"),
    "beat": ("DATABASE_WORKER_URL", "portal_worker"),
    "migrate": ("DATABASE_OWNER_URL", "portal_owner"),
}
ALL_ROLE_URLS = {"DATABASE_URL", "DATABASE_WORKER_URL", "DATABASE_OWNER_URL"}
# Only who sends needs them; the defaults of the others are never used.
MAIL = {
    "EMAIL_HOST",
    "EMAIL_PORT",
    "EMAIL_HOST_USER",
    "EMAIL_HOST_PASSWORD",
    "EMAIL_USE_TLS",
    "EMAIL_USE_SSL",
    "PORTAL_BOUNCE_ADDRESS",
    "PORTAL_MAIL_PER_DOMAIN_A_DAY",
    "DEFAULT_FROM_EMAIL",
}
# The mail server's log and its folder of bounces lie outside the containers: the guide tells how to bring them in.
LEFT_AT_DEFAULT = {
    "PORTAL_STATE_DIR",
    "PORTAL_DEVELOPMENT",
    "PORTAL_BOUNCE_MAILDIR",
    "PORTAL_MAIL_LOG",
    "PORTAL_WHATSAPP_URL",
}
# Read by Python itself: the containers' file systems are read-only.
OF_OTHERS = {"TMPDIR"}


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return loaded


def environment_of(service: str) -> dict[str, str]:
    environment: dict[str, str] = compose()["services"][service]["environment"]
    return environment


def command_of(service: str) -> list[str]:
    """The command of compose, or the image's own where compose gives none."""
    given = compose()["services"][service].get("command")
    if given:
        return list(given)
    line = re.search(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert line
    return list(ast.literal_eval(line[1]))


def test_every_service_of_the_plan_is_there():
    assert sorted(compose()["services"]) == sorted([*PROCESSES, "postgres", "proxy", "valkey"])


@pytest.mark.parametrize("service", PROCESSES)
def test_each_process_gets_exactly_what_settings_read(service):
    own_url, _ = ROLE_URLS[service]
    expected = set(defaults_of_settings()) - ALL_ROLE_URLS - LEFT_AT_DEFAULT - MAIL | {own_url} | OF_OTHERS
    if service in SENDERS:
        expected |= MAIL
    assert sorted(environment_of(service)) == sorted(expected)


@pytest.mark.parametrize("service", PROCESSES)
def test_what_is_left_out_has_a_default_that_the_guide_tells(service):
    left_out = set(defaults_of_settings()) - set(environment_of(service)) - ALL_ROLE_URLS
    assert {name for name in left_out if documented()[name] == "required"} == set()


@pytest.mark.parametrize("service", PROCESSES)
def test_each_process_connects_as_its_own_role_and_knows_no_other(service):
    environment = environment_of(service)
    variable, role = ROLE_URLS[service]
    url = urlsplit(re.sub(r"\$\{(\w+)[^}]*\}", r"\1", environment[variable]))
    assert (url.scheme, url.username, url.hostname, url.path) == ("postgres", role, "postgres", "/portal")
    assert environment["PORTAL_ROLE"] == role.removeprefix("portal_")
    assert url.password == f"{role.upper()}_PASSWORD"
    passwords = set(re.findall(r"\$\{(PORTAL_\w+_PASSWORD)", str(environment)))
    assert passwords == {url.password}


@pytest.mark.parametrize("service", PROCESSES)
def test_each_command_exists(service):
    program, *arguments = command_of(service)
    if program == "python":
        assert (ROOT / arguments[0]).is_file()
        return
    scripts = {entry.name for entry in importlib.metadata.entry_points(group="console_scripts")}
    assert program in scripts
    if program == "celery":
        assert arguments[:2] == ["-A", "katingan_portal"]
        assert arguments[2] == service


def test_the_web_command_serves_an_application_that_exists():
    target = command_of("web")[-1]
    module, _, name = target.partition(":")
    tree = ast.parse((ROOT / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8"))
    assigned = {
        t.id for node in tree.body if isinstance(node, ast.Assign) for t in node.targets if isinstance(t, ast.Name)
    }
    assert name in assigned


def test_only_the_proxy_can_be_reached_from_outside():
    published = {name for name, service in compose()["services"].items() if service.get("ports")}
    assert published == {"proxy"}


def test_every_service_is_watched_and_started_again():
    services = compose()["services"]
    assert {name for name, service in services.items() if "healthcheck" not in service} == {"migrate"}
    assert {name for name, service in services.items() if service["restart"] != "unless-stopped"} == {"migrate"}


def test_the_example_names_exactly_the_variables_that_compose_asks_for():
    asked = set(re.findall(r"(?<!\$)\$\{(\w+)", COMPOSE.read_text(encoding="utf-8")))
    example = (ROOT / "docker" / "env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^(\w+)=", example, re.MULTILINE)) == asked


def test_secrets_have_no_default():
    text = COMPOSE.read_text(encoding="utf-8")
    secrets = set(re.findall(r"\$\{(SECRET_KEY|\w+_PASSWORD)", text)) - {"EMAIL_HOST_PASSWORD"}
    assert {name for name in secrets if re.search(rf"\$\{{{name}(?!:\?)", text)} == set()


def test_files_that_services_mount_are_there():
    mounts = [v for service in compose()["services"].values() for v in service.get("volumes", []) if v.startswith("./")]
    paths = [re.sub(r"\$\{PROXY_CONFIG:-tls\}", choice, m.split(":/")[0]) for m in mounts for choice in ("tls", "http")]
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_roles_script_gives_every_password_that_roles_sql_asks_for():
    asked = set(re.findall(r":'(\w+)'", (ROOT / "katingan_portal/tenancy/roles.sql").read_text(encoding="utf-8")))
    script = (ROOT / "docker/initdb/10-portal.sh").read_text(encoding="utf-8")
    given = dict(re.findall(r'--set (\w+)="\$(\w+)"', script))
    assert asked <= set(given)
    assert set(given.values()) <= set(compose()["services"]["postgres"]["environment"])
