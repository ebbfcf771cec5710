"""The pages: a file goes in, is looked at and confirmed; strangers see nothing of it."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.approvals.services import approve_change
from apps.accounts.models import HeldChange, User
from apps.geodata import services
from apps.geodata.models import Dataset, ImportJob
from apps.geodata.views import imports
from apps.places.coordinates import wgs84_to_gcj02
from tests.cast import Cast
from tests.geodata.factories import (
    along_roads,
    collection,
    grant,
    imported,
    keeper,
    lay_roads,
    uploaded,
)

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def fields_of(job: ImportJob) -> dict[str, Any]:
    rules = job.summary["rules"]
    sent: dict[str, Any] = {"fields-TOTAL_FORMS": len(rules), "fields-INITIAL_FORMS": len(rules)}
    for number, rule in enumerate(rules):
        for name in ("source", "name", "label", "kind"):
            sent[f"fields-{number}-{name}"] = rule[name]
        sent[f"fields-{number}-is_taken"] = "on"
    return sent


def test_a_file_goes_in_through_the_pages(cast: Cast) -> None:
    lay_roads()
    client = signed_in(keeper(cast))
    answer = client.post(
        "/geodata/imports/new/",
        {
            "file": SimpleUploadedFile("路灯.geojson", collection(along_roads())),
            "name": "路灯",
            "unit": cast.east_works.pk,
            "crs": "EPSG:4490",
        },
    )
    job = ImportJob.objects.get()
    assert answer.url == f"/geodata/imports/{job.pk}/"
    assert "等待读取" in client.get(answer.url).content.decode()
    services.run_due()
    page = client.get(answer.url).content.decode()
    assert "CGCS2000 / WGS 84" in page
    assert "最吻合" in page
    drawn = client.get(f"{answer.url}sample.geojson?as=GCJ-02").json()
    assert len(drawn["features"]) == 72
    job.refresh_from_db()
    sent = fields_of(job) | {"crs": "EPSG:4490", "data_on": "2026-01-01", "visibility": "unit"}
    assert client.post(answer.url, sent | {"fields-0-name": "Bad name"}).status_code == 422
    assert client.post(answer.url, sent).status_code == 302
    assert client.get(f"{answer.url}progress/").headers.get("HX-Refresh") is None
    services.run_due()
    assert client.get(f"{answer.url}progress/").headers["HX-Refresh"] == "true"
    dataset = Dataset.objects.get()
    page = client.get(f"/geodata/{dataset.pk}/").content.decode()
    assert "标称 EPSG:4490，判断 EPSG:4490，采用 EPSG:4490" in page


def test_strangers_find_no_import_and_no_dataset(cast: Cast) -> None:
    actor = keeper(cast)
    dataset = imported(actor, cast.east_works, collection(along_roads()))
    job = ImportJob.objects.get()
    west = signed_in(keeper(cast, "handler_west"))
    assert west.get(f"/geodata/{dataset.pk}/").status_code == 404
    assert west.get(f"/geodata/{dataset.pk}/features.geojson").status_code == 404
    for path in ("", "sample.geojson", "issues.geojson", "issues.xlsx", "progress/"):
        assert west.get(f"/geodata/imports/{job.pk}/{path}").status_code == 404
    assert dataset.name not in west.get("/geodata/").content.decode()
    assert signed_in(cast.acceptor).get("/geodata/imports/").status_code == 403


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(keeper(cast))
    monkeypatch.setattr(imports, "MAX_BYTES", 1000)
    monkeypatch.setattr(imports, "_FORM_BYTES", 0)
    file = SimpleUploadedFile("a.geojson", b"{" + b" " * 2000)
    answer = client.post("/geodata/imports/new/", {"file": file, "name": "大"})
    assert answer.status_code == 400
    assert ImportJob.objects.count() == 0


def test_a_rubbish_file_is_refused_at_its_field(cast: Cast) -> None:
    client = signed_in(keeper(cast))
    answer = client.post(
        "/geodata/imports/new/",
        {
            "file": SimpleUploadedFile("a.exe", b"MZ\x90\x00" * 20),
            "name": "错",
            "unit": cast.east_works.pk,
        },
    )
    assert answer.status_code == 422
    assert "只接受 GeoJSON" in answer.content.decode()


def test_the_post_needs_its_token(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(keeper(cast))
    assert client.post("/geodata/imports/new/", {"name": "a"}).status_code == 403


def test_the_switch_is_the_administrators(cast: Cast) -> None:
    assert signed_in(keeper(cast)).get("/geodata/unshift/").status_code == 403
    admin = signed_in(grant(cast, "supervisor", "geodata.allow_unshift"))
    assert admin.post("/geodata/unshift/", {"to": "on", "basis": "x"}).status_code == 422
    admin.post("/geodata/unshift/", {"to": "on", "basis": "批复第1号"})
    assert services.is_unshift_allowed()
    admin.post("/geodata/unshift/", {"to": "off", "basis": "期限已到"})
    assert not services.is_unshift_allowed()


def test_a_shifted_file_says_on_its_page_why_it_cannot_come_in(cast: Cast) -> None:
    lay_roads()
    actor = keeper(cast)
    job = uploaded(actor, cast.east_works, collection(along_roads(wgs84_to_gcj02)))
    page = signed_in(actor).get(f"/geodata/imports/{job.pk}/").content.decode()
    assert "还原偏移坐标未开启" in page


def test_publication_waits_for_the_second_person(cast: Cast) -> None:
    actor = keeper(cast)
    dataset = imported(actor, cast.east_works, collection(along_roads()), approval_number="审1号")
    client = signed_in(actor)
    client.post(f"/geodata/{dataset.pk}/publish/", {"reason": "便民服务需要"})
    dataset.refresh_from_db()
    assert not dataset.is_public
    grant(cast, "head", "geodata.publish_datasets")
    client.post(f"/geodata/{dataset.pk}/publish/", {"reason": "便民服务需要"})
    change = HeldChange.objects.get()
    approve_change(User.objects.get(pk=cast.head.pk), change_id=change.pk, digest=change.digest)
    dataset.refresh_from_db()
    assert dataset.is_public
