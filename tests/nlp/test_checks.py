import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from apps.nlp import checks

pytestmark = pytest.mark.django_db


def test_this_database_reads_chinese():
    assert checks.check_character_type(databases=["default"]) == []
    call_command("check", databases=["default"])


def test_a_database_with_the_c_ctype_is_refused(transactional_db):
    name = connection.settings_dict["NAME"] + "_ctype_c"
    where = {
        key: value
        for key, value in connection.get_connection_params().items()
        if key in ("host", "port", "user", "password")
    }
    with psycopg.connect(**where, dbname="postgres", autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name}")
        server.execute(
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"
            " LC_CTYPE 'C' LC_COLLATE 'C' LOCALE_PROVIDER 'libc'"
        )
        try:
            with psycopg.connect(**where, dbname=name) as other, other.cursor() as cursor:
                assert not checks.reads_chinese(cursor)
        finally:
            server.execute(f"DROP DATABASE {name}")
