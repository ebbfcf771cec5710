from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from psycopg import sql

_WRITTEN_ONCE = """
SELECT DISTINCT c.relname FROM pg_trigger t
  JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
 WHERE p.proname = 'audit_refuse_change' ORDER BY 1
"""
_GRANTS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {role}",
    # Parts of tables by day, with the owner's rights: a new day's rows need one.
    "GRANT EXECUTE ON FUNCTION common_make_day_part(text, date, timestamptz, timestamptz)"
    " TO {role}",
    "GRANT EXECUTE ON FUNCTION common_drop_day_parts(text, date) TO {role}",
)


class Command(BaseCommand):
    """Will let a database role work with every table, and only append to the audit log.

    Run as the owner of the tables, after every ``migrate``: the processes of the product then
    sign in as the role, which can neither change what is written once nor switch its triggers
    off. Made anew each time; the role is made if it is missing and the owner may make roles.
    """

    help = "Grant a role all the product needs, without rights to change the audit log."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--role", required=True, help="the role the processes sign in as")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        role = sql.Identifier(options["role"])
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_user, pg_has_role(%s, current_user, 'MEMBER')"
                " FROM pg_roles WHERE rolname = %s",
                [options["role"], options["role"]],
            )
            found = cursor.fetchone()
            if found is None:
                cursor.execute(self._text("CREATE ROLE {role} LOGIN", role))
            elif found[1]:
                raise CommandError(f"{options['role']} owns the tables or is a superuser")
            for grant in _GRANTS:
                cursor.execute(self._text(grant, role))
            cursor.execute(_WRITTEN_ONCE)
            tables = [row[0] for row in cursor.fetchall()]
            for table in tables:
                revoke = "REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}"
                cursor.execute(self._text(revoke, role, table=sql.Identifier(table)))
        self.stdout.write(f"{options['role']} may only append to: {', '.join(tables)}")

    @staticmethod
    def _text(statement: str, role: sql.Identifier, **names: sql.Identifier) -> str:
        # The words are ours; names are quoted by psycopg.
        text = sql.SQL(statement).format(role=role, **names)
        return text.as_string()
