"""The platform says how it is, and goes on where a store is down. PF-08, OP-20, OP-21."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.core.cache import caches
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory

from apps.common import clock, standby
from apps.upkeep import selectors
from apps.upkeep.middleware import CountMiddleware
from apps.upkeep.models import RequestMinute
from apps.upkeep.services import counting
from apps.upkeep.views.status import exposition
from tests.cast import Cast

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    standby.forget()
    yield
    standby.forget()


@contextmanager
def read_only() -> Iterator[None]:
    """As a standby: the database itself refuses, and has told the connection."""
    with connection.cursor() as cursor:
        cursor.execute("set default_transaction_read_only = on")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("set default_transaction_read_only = off")


@pytest.mark.django_db(transaction=True)
def test_pages_go_on_and_writes_wait_while_the_database_is_read_only(keepers: Cast) -> None:
    client, stranger = Client(), Client()
    client.force_login(keepers.keeper)
    assert "只读状态" not in client.get("/upkeep/backups/").content.decode()
    with read_only(), clock.at(clock.now() + timedelta(minutes=5)):
        page = client.get("/upkeep/backups/")
        assert page.status_code == 200
        assert "系统处于只读状态：可以查看，暂时不能提交" in page.content.decode()
        answer = client.post("/upkeep/backups/ask/full/")
        assert (answer.status_code, answer["Retry-After"]) == (503, "60")
        assert "刚才的操作没有保存" in answer.content.decode()
        # An export writes the log of its own accord: refused the same way, never half done.
        assert client.get("/upkeep/backups/export/").status_code == 503
        told = client.post("/api/v1/reports/", "{}", content_type="application/json")
        assert (told.status_code, told.json()["code"]) == (503, "read_only")
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()) == (200, {"status": "read_only"})
        assert stranger.get("/accounts/login/").status_code == 200
        assert stranger.post("/accounts/login/", {"login": "x"}).status_code == 503
    assert client.post("/upkeep/backups/ask/full/").status_code == 302


def test_without_redis_what_is_sent_waits_and_the_page_says_so(
    keepers: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "bin"))
    from _cluster import Cluster

    client = Client()
    client.force_login(keepers.keeper)
    with TemporaryDirectory(prefix="cb-redis-") as folder:
        Path(folder).chmod(0o711)
        own = Cluster(Path(folder) / "city", postgres=False, dies_with_us=True)
        own.start()
        place = own.environment()["REDIS_URL"]
        mine = settings.CACHES["default"] | {"LOCATION": f"{place}?db=1"}
        settings.CACHES = {"default": mine}
        assert "排队" not in client.get("/upkeep/restores/").content.decode()
        own.stop()
        caches["default"].close()
        standby.forget()
        page = client.get("/upkeep/restores/").content.decode()
        assert "提交照常受理并排队" in page
        assert client.post("/upkeep/backups/ask/full/").status_code == 302
        assert selectors.list_runs().count() == 1
        assert client.get("/readyz").json()["checks"]["redis"] == "failed"
        own.start()
        standby.forget()
        assert "排队" not in client.get("/upkeep/restores/").content.decode()
        own.stop()


def test_figures_for_people_and_for_a_scraper(keepers: Cast, settings: Any) -> None:
    client = Client()
    client.force_login(keepers.reader)
    page = client.get("/upkeep/").content.decode()
    assert "最早的待办等待" in page
    assert "数据库连接" in page
    assert client.get("/metrics").status_code == 404
    settings.METRICS_TOKEN = "scraper-token"
    anonymous = Client()
    assert anonymous.get("/metrics").status_code == 404
    for wrong in ("Bearer other", "scraper-token", "Bearer scraper-tokén"):
        assert anonymous.get("/metrics", headers={"Authorization": wrong}).status_code == 404
    answer = anonymous.get("/metrics", headers={"Authorization": "Bearer scraper-token"})
    lines = answer.content.decode().splitlines()
    values = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    assert float(values["citybrain_outbox_waiting"]) >= 0
    assert float(values["citybrain_redis_up"]) == 1
    assert float(values['citybrain_disk_free_bytes{disk="data"}']) > 0
    assert "citybrain_group_failed" not in answer.content.decode()


def test_a_group_that_fails_keeps_none_of_the_others(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Iterator[Any]:
        with connection.cursor() as cursor:
            cursor.execute("select no_such_column")
        yield

    monkeypatch.setitem(selectors.figures.GROUPS, "outbox", broken)
    text = exposition(selectors.all_figures())
    assert 'citybrain_group_failed{group="outbox"} 1.0' in text
    assert "citybrain_database_connections " in text


def test_labels_cannot_break_out_of_the_format() -> None:
    figure = selectors.Figure("x", "X", 1, labels={"file": 'a"\n}\\'})
    assert exposition([figure]).splitlines()[-1] == 'citybrain_x{file="a\\"\\n}\\\\"} 1.0'


def test_a_certificate_tells_until_when(db: None, settings: Any, tmp_path: Path) -> None:
    file, until = tmp_path / "anchors.pem", datetime(2027, 1, 1, tzinfo=UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "测试")])
    made = x509.CertificateBuilder(
        name, name, key.public_key(), 1, until - timedelta(days=9), until
    ).sign(key, hashes.SHA256())
    file.write_bytes(made.public_bytes(Encoding.PEM))
    settings.CERTIFICATE_ANCHORS = str(file)
    assert list(selectors.figures.certificate_ends()) == [("anchors.pem", until)]


def test_requests_are_added_up_by_the_minute(
    db: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.COUNT_REQUESTS = True
    now = 1_795_335_445.0
    monkeypatch.setattr("apps.upkeep.middleware.time.time", lambda: now)
    codes = iter([200, 500, 200, 200])
    one = CountMiddleware(lambda _request: HttpResponse(status=next(codes)))
    request = RequestFactory().get("/")
    for _turn in range(3):
        one(request)
    assert not RequestMinute.objects.exists()
    now += 60
    one(request)
    minute = RequestMinute.objects.get()
    assert (minute.requests, minute.failures) == (3, 1)
    counting.write_minute(minute.minute_at, counting.MinuteCount(2, 1, 10, 9000))
    minute.refresh_from_db()
    assert (minute.requests, minute.failures, minute.slowest_ms) == (5, 2, 9000)
