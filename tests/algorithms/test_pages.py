"""Pages of the warehouse: reached by role, driven by buttons, safe against hostile names."""

import json
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from PIL import Image

from apps.accounts.models import User
from apps.algorithms.models import (
    Algorithm,
    AlgorithmVersion,
    Capability,
    Evaluation,
    SampleSet,
    WorkItem,
)
from apps.algorithms.services import save_quota, work_once
from apps.common import clock
from tests.algorithms.factories import brightness, manifest, person, registered
from tests.cast import Cast

PAGES = ("algorithm-list", "work-list", "cost-list", "capability-list", "set-list")


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    settings.OUTGOING_HOSTS = ["127.0.0.0/8"]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def upload(client: Client, told: dict[str, Any] | str, content: bytes) -> Any:
    text = told if isinstance(told, str) else json.dumps(told)
    return client.post(
        reverse("algorithms:model-new"),
        {"name": "<b>明暗</b>", "manifest": text, "file": SimpleUploadedFile("m.onnx", content)},
    )


def test_pages_open_for_their_readers_only(cast: Cast) -> None:
    reader, outsider = person("reader", "reader", cast.east_works), cast.outsider
    for name in PAGES:
        assert signed_in(reader).get(reverse(f"algorithms:{name}")).status_code == 200
        assert signed_in(outsider).get(reverse(f"algorithms:{name}")).status_code == 403
        assert Client().get(reverse(f"algorithms:{name}")).status_code == 302
    assert signed_in(reader).get(reverse("algorithms:model-new")).status_code == 403


def test_a_model_is_registered_checked_and_shown(cast: Cast) -> None:
    keeper = signed_in(person("keeper", "keeper", cast.east_works))
    content = brightness()
    assert upload(keeper, manifest(content), content).status_code == 302
    version = AlgorithmVersion.objects.get(algorithm__code="brightness")
    page = reverse("algorithms:algorithm-detail", args=["brightness"])
    keeper.post(reverse("algorithms:version-do", args=[version.pk, "check"]))
    keeper.post(reverse("algorithms:version-do", args=[version.pk, "check"]))
    assert WorkItem.objects.count() == 1
    work_once("tests")
    shown = keeper.get(page).content.decode()
    assert "&lt;b&gt;明暗" in shown
    assert "SHA-256 摘要与清单一致" in shown
    assert version.sha256 in shown
    assert (
        keeper.post(reverse("algorithms:version-do", args=[version.pk, "explode"])).status_code
        == 404
    )
    publisher = signed_in(person("publisher", "publisher", cast.center))
    publisher.post(reverse("algorithms:version-do", args=[version.pk, "publish"]))
    version.refresh_from_db()
    assert version.state == "checked"


@pytest.mark.parametrize("told", ["{", "[]", '{"id": "x"}'])
def test_a_wrong_manifest_is_told_at_its_field(cast: Cast, told: str) -> None:
    keeper = signed_in(person("keeper", "keeper", cast.east_works))
    answer = upload(keeper, told, b"onnx")
    assert answer.status_code == 422
    assert answer.context["form"].errors["manifest"]


def test_lists_are_exported(cast: Cast) -> None:
    reader = signed_in(person("reader", "reader", cast.east_works))
    answer = reader.get(reverse("algorithms:algorithm-export"))
    book = load_workbook(BytesIO(b"".join(answer.streaming_content)))  # type: ignore[arg-type]
    codes = [row[0].value for row in book.active.iter_rows(min_row=2)]  # type: ignore[union-attr]
    assert "line-count" in codes
    assert reader.get(reverse("algorithms:cost-export")).status_code == 200


def test_a_name_is_moved_only_by_the_publisher(cast: Cast) -> None:
    algorithm = Algorithm.objects.get(code="line-count")
    version = algorithm.versions.get()
    told = {"name": "canary", "version": version.pk, "reason": "东区试行", "area": cast.east.code}
    page = reverse("algorithms:alias-move", args=["line-count"])
    keeper = signed_in(person("keeper", "keeper", cast.east_works))
    assert keeper.post(page, told).status_code == 403
    publisher = signed_in(person("publisher", "publisher", cast.center))
    assert publisher.post(page, told).status_code == 302
    assert algorithm.aliases.get(name="canary").area == cast.east


def test_a_capability_goes_its_way_by_pages(cast: Cast) -> None:
    keeper = signed_in(person("keeper", "keeper", cast.east_works))
    publisher = signed_in(person("publisher", "publisher", cast.center))
    told = {
        "code": "ocr", "name": "文字识别", "kind": "text", "owner": cast.center.code,
        "url": "http://127.0.0.1:9999/", "input_spec": "picture=picture",
        "output_spec": "text=text", "secret": "their-secret-key",
    }  # fmt: skip
    wrong = keeper.post(reverse("algorithms:capability-new"), told | {"input_spec": "picture"})
    assert wrong.status_code == 422
    assert keeper.post(reverse("algorithms:capability-new"), told).status_code == 302
    page = reverse("algorithms:capability-detail", args=["ocr"])
    edit = keeper.get(reverse("algorithms:capability-edit", args=["ocr"])).content.decode()
    assert "their-secret-key" not in edit
    publisher.post(reverse("algorithms:capability-active", args=["ocr"]), {"active": "1"})
    ask = {"unit": cast.east_works.code, "purpose": "识别告知单", "daily_calls": 5,
           "expires_on": "2999-01-01"}  # fmt: skip
    assert keeper.post(page, ask).status_code == 422
    assert keeper.post(page, ask | {"expires_on": str(clock.today())}).status_code == 302
    asked = Capability.objects.get().requests.get()
    decide = reverse("algorithms:request-decide", args=[asked.pk])
    assert keeper.post(decide, {"deed": "approve", "text": "同意"}).status_code == 403
    publisher.post(decide, {"deed": "approve", "text": "同意"})
    asked.refresh_from_db()
    assert asked.state == "approved"
    assert "识别告知单" in publisher.get(page).content.decode()


def test_a_quota_by_page_is_of_a_unit_in_reach(cast: Cast) -> None:
    chief = person("chief", "publisher", cast.east_works)
    told = {"unit": cast.west_works.code, "seconds_a_month": "60", "at_once": "1"}
    page = reverse("algorithms:quota-save")
    assert signed_in(chief).post(page, told).status_code == 403
    save_quota(chief, unit=cast.east_works, seconds_a_month=60, at_once=1)
    shown = signed_in(chief).get(reverse("algorithms:cost-list")).content.decode()
    assert "每月 60 秒" in shown


def test_a_set_is_made_filled_and_ranks_the_versions_measured_on_it(cast: Cast) -> None:
    """CP-03: the score sheet of a tender."""
    keeper = person("keeper", "keeper", cast.east_works)
    client = signed_in(keeper)
    told = {"code": "light", "name": "<b>明暗</b>", "task": "classification", "output": "classes"}
    assert client.post(reverse("algorithms:set-list"), told).status_code == 302
    assert client.post(reverse("algorithms:set-list"), told).status_code == 422
    at = reverse("algorithms:set-detail", args=["light"])
    held = BytesIO()
    Image.new("RGB", (32, 32), (255, 255, 255)).save(held, "PNG")
    for truth, status in (("[1]", 422), ("{}", 422), ('{"label": "bright"}', 302)):
        file = SimpleUploadedFile("p.png", held.getvalue(), "image/png")
        assert client.post(at, {"file": file, "truth": truth}).status_code == status
    chosen = SampleSet.objects.get(code="light")
    assert chosen.samples.count() == 1
    for number, f1 in (("1.0", 0.7), ("1.1", 0.9), ("1.0", 0.8)):
        version = AlgorithmVersion.objects.filter(version=number).first()
        version = version or registered(keeper, version=number)
        Evaluation.objects.create(
            version=version, sample_set=chosen, sheet={"f1": f1, "right": 1}, at=clock.now()
        )
    shown = client.get(at)
    assert [(one.version.version, one.sheet["f1"]) for one in shown.context["rows"]] == [
        ("1.1", 0.9), ("1.0", 0.8),
    ]  # fmt: skip
    assert b"<b>" not in shown.content.split(b"<h1")[1].split(b"</h1>")[0]
    answer = client.get(reverse("algorithms:set-export", args=["light"]))
    content: Any = answer
    sheet: Any = load_workbook(BytesIO(b"".join(content.streaming_content))).active
    assert [row[2] for row in sheet.iter_rows(values_only=True)][-2:] == ["1.1", "1.0"]


def test_a_reader_sees_sets_and_makes_none(cast: Cast) -> None:
    client = signed_in(person("reader", "reader", cast.east_works))
    at = reverse("algorithms:set-list")
    assert b"form-actions" not in client.get(at).content
    told = {"code": "mine", "name": "x", "task": "classification", "output": "classes"}
    assert client.post(at, told).status_code == 403
    assert client.get(reverse("algorithms:set-detail", args=["none"])).status_code == 404
    assert SampleSet.objects.filter(code="mine").count() == 0
