"""Bring the database of a running checkout up to date: migrations, and the demo city once.

Whether the demo city is loaded is written in the database itself, as its comment, because a
file would lie as soon as somebody pointed DATABASE_URL elsewhere.
"""

import io
import os
import sys
from pathlib import Path

import django
from django.core.management import call_command, get_commands

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

LOADING = "citybrain: demo city is being loaded"
LOADED = "citybrain: demo city is loaded"


def read_mark() -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "select coalesce(shobj_description(oid, 'pg_database'), '')"
            " from pg_database where datname = current_database()"
        )
        return cursor.fetchone()[0]


def write_mark(mark: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(f"comment on database {name} is %s", [mark])


def wants_demo() -> bool:
    """Will tell whether to load the demo city: never over the people of a real one."""
    from django.conf import settings
    from django.contrib.auth import get_user_model

    if not settings.DEMO or "load_demo" not in get_commands():
        return False
    mark = read_mark()
    return mark == LOADING or (mark != LOADED and not get_user_model().objects.exists())


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "citybrain.settings.local")
    django.setup()
    call_command("migrate", interactive=False, verbosity=1 if sys.stdout.isatty() else 0)
    if role := os.environ.get("CITYBRAIN_APP_ROLE"):
        call_command("protect_audit", role=role, stdout=io.StringIO())
    if wants_demo():
        print("  loading the demo city ...", flush=True)
        write_mark(LOADING)
        call_command("load_demo", size="default")
        write_mark(LOADED)


if __name__ == "__main__":
    main()
