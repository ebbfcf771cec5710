"""PostgreSQL: whether it takes us and answers, and one figure of a query of one's own.

The query runs alone (the extended protocol takes one statement), in a read-only transaction,
within the time-out of the check, and one row of it is read.
"""

import contextlib
import time
from typing import Any

import psycopg
from django.utils.translation import gettext as _

from apps.monitoring.probes.wire import Answer, Question, Silent


async def ask(question: Question) -> Answer:
    """Will sign in, ask ``select 1`` and then the own query. Figures: time_ms, value.

    settings: database, query (optional); secret: user, password. Raises: Silent.
    """
    began = time.perf_counter()
    values: dict[str, float] = {}
    missing: dict[str, str] = {}
    try:
        connection = await psycopg.AsyncConnection.connect(
            host=question.host,
            port=question.port,
            dbname=str(question.settings.get("database", "postgres")),
            user=question.secret.get("user", "postgres"),
            password=question.secret.get("password", ""),
            connect_timeout=max(2, int(question.timeout_s)),
            options=f"-c statement_timeout={int(question.timeout_s * 1000)}",
            application_name="citybrain-monitoring",
        )
        try:
            await connection.set_read_only(True)
            await connection.execute("select 1")
            values["time_ms"] = round((time.perf_counter() - began) * 1000, 3)
            if query := str(question.settings.get("query", "")):
                await _own(connection, query, values, missing)
        finally:
            with contextlib.suppress(psycopg.Error):
                await connection.close()
    except psycopg.Error as error:
        raise Silent(_first_line(error)) from error
    return Answer(values, missing)


async def _own(
    connection: Any, query: str, values: dict[str, float], missing: dict[str, str]
) -> None:
    cursor = await connection.execute(query, prepare=True)
    row: Any = await cursor.fetchone() if cursor.description else None
    try:
        values["value"] = float(row[0])
    except (TypeError, ValueError, IndexError):
        missing["value"] = _("查询没有给出数值")


def _first_line(error: psycopg.Error) -> str:
    told = str(error).strip().splitlines()
    return told[0][:150] if told else type(error).__name__
