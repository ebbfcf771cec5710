"""django-helpdesk beside us: its own environment and database, the same server of databases.

It is filled as we are: as many tickets, the same words, 4 of 100 open, a first entry each. Whoever
looks is signed in by its own page.
"""

import json
import subprocess
import time
from base64 import b64encode
from collections.abc import Mapping
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from benchmarks.runner import ROOT, Bench, free_port
from benchmarks.support.cases import OPEN_SHARE, TEXTS, TITLES
from benchmarks.support.client import Answer
from benchmarks.support.others import environment_of
from benchmarks.support.words import report

PACKAGES = (
    "django-helpdesk==2.6.1",
    "django==5.2.19",
    "psycopg[binary]==3.3.9",
    "gunicorn==27.0.1",
)
DATABASE = "helpdesk"
NAME, PASSWORD = "looker", "Helpdesk-2026-pass"  # of a database that lives minutes
OPEN, CLOSED = 1, 4

TICKETS = """
insert into helpdesk_queue (title, slug, email_address, locale, allow_public_submission,
    allow_email_submission, email_box_ssl, permission_name,
    enable_notifications_on_email_events)
values ('民生诉求', 'hotline', '', 'en', true, false, false, 'helpdesk.queue_access_hotline',
    false);
insert into helpdesk_ticket (title, created, modified, submitter_email, status, on_hold,
    description, resolution, priority, secret_key, queue_id)
select t.title, now() - (%(total)s - i) * (interval '3 years' / %(total)s), now(),
    'who@example.org',
    case when abs(hashint4(i)) %% 100 >= %(open_share)s then 4 else 1 end, false, b.body, '',
    1 + i %% 5, md5(i::text), (select max(id) from helpdesk_queue)
from generate_series(1, %(total)s) i
join titles t on t.n = abs(hashint4(i * 31 + 7)) %% %(titles)s
join said b on b.n = (abs(hashint4(i * 31 + 7)) / 1201 + i) %% %(texts)s
order by i;
insert into helpdesk_followup (date, title, comment, public, ticket_id, email_recipients)
select created, 'Ticket Opened', '', true, id, '[]' from helpdesk_ticket;
"""


class Helpdesk:
    """One running helpdesk and a person of its staff. base: its address."""

    def __init__(self, bench: Bench, *, tickets: int) -> None:
        self._programs = environment_of(bench, "django-helpdesk", PACKAGES)
        self._environment = _environment(bench)
        self._manage("migrate", "--verbosity", "0")
        self._manage("loaddata", "--verbosity", "0", "emailtemplate")
        self._manage("createsuperuser", "--noinput", "--verbosity", "0")
        bench.progress(f"filling in {tickets:,} tickets")
        self._queue = _fill(tickets)
        self.base = self._start(bench)
        self._cookies: dict[str, str] = {}
        self._sign_in()

    def rows(self, *, status: int, sort: str = "-created", word: str = "") -> list[Answer]:
        """Will open the list page and fetch its 25 rows, as a browser does."""
        shown = {"status": status, "sort": sort.lstrip("-"), "q": word}
        reverse = {"sortreverse": "on"} if sort.startswith("-") else {}
        page = self._send("GET", f"/tickets/?{urlencode(shown | reverse)}")
        asked = {
            "filtering": {"status__in": [status]}, "filtering_null": {},
            "sorting": sort.lstrip("-"), "sortreverse": "on" if reverse else None,
            "search_string": word,
        }  # fmt: skip
        told = b64encode(json.dumps(asked).encode()).decode()
        table = urlencode({"draw": 1, "start": 0, "length": 25})
        found = self._send("GET", f"/datatables_ticket_list/{quote(told)}?{table}")
        if len(found.json()["data"]) != 25:
            raise RuntimeError(f"no 25 rows: {found.body[:300]!r}")
        return [page, found]

    def create(self, number: int) -> Answer:
        """Will report over its REST interface."""
        words = report(number)
        ticket = {
            "queue": self._queue, "title": words["title"], "description": words["text"],
            "submitter_email": "who@example.org", "priority": 3, "status": OPEN,
        }  # fmt: skip
        return self._send("POST", "/api/tickets/", json.dumps(ticket), "application/json")

    def _manage(self, *arguments: str) -> None:
        subprocess.run(
            [str(self._programs / "python"), "-m", "django", *arguments],
            cwd=ROOT, env=self._environment, check=True,
        )  # fmt: skip

    def _start(self, bench: Bench) -> str:
        port = free_port()
        command = ["-m", "gunicorn", "benchmarks.helpdesk_city.wsgi", "--bind", f"127.0.0.1:{port}"]
        command += ["--workers", "2", "--worker-class", "gthread", "--threads", "4"]
        command += ["--no-control-socket"]
        process = bench.start(
            "helpdesk", str(self._programs / "python"), *command, environment=self._environment
        )
        return bench._wait_for_http(process, port)

    def _sign_in(self) -> None:
        self._send("GET", "/login/")
        form = {"username": NAME, "password": PASSWORD, "next": "/tickets/"}
        form["csrfmiddlewaretoken"] = self._cookies["csrftoken"]
        said = self._send("POST", "/login/", urlencode(form), "application/x-www-form-urlencoded")
        if "sessionid" not in self._cookies:
            raise RuntimeError(f"the helpdesk lets nobody in: {said.status} {said.body[:300]!r}")

    def _send(self, method: str, path: str, body: str | None = None, kind: str = "") -> Answer:
        line = HTTPConnection(urlsplit(self.base).netloc, timeout=60)
        headers = {"Cookie": "; ".join(f"{n}={v}" for n, v in self._cookies.items())}
        if body is not None:
            headers |= {"Content-Type": kind, "X-CSRFToken": self._cookies["csrftoken"]}
        began = time.perf_counter()
        line.request(method, path, body, headers)
        response = line.getresponse()
        found = response.read()
        seconds = time.perf_counter() - began
        for cookie in response.msg.get_all("Set-Cookie") or []:
            name, _equals, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        line.close()
        if response.status >= 400:
            raise RuntimeError(f"{path}: {response.status} {found[:500]!r}")
        return Answer(response.status, found, seconds)


def _environment(bench: Bench) -> dict[str, str]:
    """Makes the database and says where it is."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"create database {DATABASE}")
    given: Mapping[str, Any] = connection.get_connection_params()
    return {
        **bench.env,
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "benchmarks.helpdesk_city.settings",
        "DJANGO_SUPERUSER_USERNAME": NAME,
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
        "DJANGO_SUPERUSER_EMAIL": "looker@example.org",
        "HELPDESK_HOST": str(given["host"]),
        "HELPDESK_PORT": str(given.get("port") or 5432),
        "HELPDESK_USER": str(given["user"]),
        "HELPDESK_NAME": DATABASE,
    }


def _fill(tickets: int) -> int:
    """Writes the tickets; gives the queue they are in."""
    import psycopg
    from django.db import connection

    given = connection.get_connection_params()
    place: dict[str, Any] = {name: given.get(name) for name in ("host", "port", "user")}
    words = [report(number) for number in range(TEXTS)]
    with (
        psycopg.connect(dbname=DATABASE, autocommit=True, **place) as link,
        link.cursor() as cursor,
    ):
        cursor.execute("create temporary table titles (n int primary key, title text)")
        cursor.execute("create temporary table said (n int primary key, body text)")
        cursor.executemany(
            "insert into titles values (%s, %s)",
            [(n, each["title"]) for n, each in enumerate(words[:TITLES])],
        )
        cursor.executemany(
            "insert into said values (%s, %s)", [(n, each["text"]) for n, each in enumerate(words)]
        )
        for statement in filter(str.strip, TICKETS.split(";\n")):
            values = {"total": tickets, "titles": TITLES, "texts": TEXTS, "open_share": OPEN_SHARE}
            needed = {name: at for name, at in values.items() if f"%({name})s" in statement}
            cursor.execute(statement, needed or None)
        cursor.execute("vacuum analyze")
        cursor.execute("select max(id) from helpdesk_queue")
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])
