"""Own models opened to programs: one picture, one answer, by the queue (CP-04)."""

import io
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from apps.accounts.models import User
from apps.algorithms import services
from apps.algorithms.enums import AliasName, State
from apps.algorithms.models import AlgorithmVersion, Alias, CostLine, ModelCall, WorkItem
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.gateway.services import issue_client
from tests.algorithms import factories as make
from tests.cast import Cast

AT = "/api/v1/algorithms/"


def header(cast: Cast, user: User, *scopes: str) -> dict[str, str]:
    _client, key = issue_client(
        SYSTEM, name="业务系统", tenant=cast.tenant, service_user=user,
        scopes=scopes or ("algorithms.read", "algorithms.call"),
    )  # fmt: skip
    return {"Authorization": f"Api-Key {key}"}


def published(keeper: User, content: bytes | None = None) -> AlgorithmVersion:
    version = make.registered(keeper, content)
    version.state, version.published_at = State.PUBLISHED, clock.now()
    version.save()
    Alias.objects.create(
        algorithm=version.algorithm, name=AliasName.PRODUCTION, version=version,
        moved_at=clock.now(),
    )  # fmt: skip
    return version


def white() -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (64, 48), (255, 255, 255)).save(held, "PNG")
    return held.getvalue()


def call(headers: dict[str, str], unit: str, key: str = "call-0001", **given: Any) -> Any:
    picture = given.pop("picture", None)
    content = white() if picture is None else picture
    body = {"unit": unit, "reason": "夜间照明抽查"} | given
    code = body.pop("code", "brightness")
    upload = SimpleUploadedFile("p.png", content, "image/png")
    return Client().post(
        f"{AT}{code}/calls/", body | {"picture": upload},
        headers=headers | ({"Idempotency-Key": key} if key else {}),
    )  # fmt: skip


def test_a_picture_is_judged_once_by_the_published_model_and_forgotten(cast: Cast) -> None:
    keeper = make.person("keeper", "keeper", cast.east_works)
    published(keeper)
    headers = header(cast, keeper)
    listed = Client().get(f"{AT}?text=brightness", headers=headers).json()["results"]
    assert [(one["code"], one["production"]) for one in listed] == [("brightness", "1.0")]
    first, again = (call(headers, cast.east_works.code) for _time in range(2))
    assert (first.status_code, first.json()["state"]) == (202, "waiting")
    assert again.json()["id"] == first.json()["id"]
    assert ModelCall.objects.get().picture is not None
    done = services.work_once("tests")
    assert done is not None
    told = Client().get(f"{AT}calls/{first.json()['id']}/", headers=headers).json()
    assert (told["state"], told["version"], told["result"]["ok"]) == ("done", "1.0", True)
    assert told["result"]["output"]["classes"] == {"bright": 1.0, "dark": 0.0}
    assert ModelCall.objects.get().picture is None
    assert CostLine.objects.get().unit == cast.east_works
    assert AuditEntry.objects.get(action="algorithm.called").data["reason"] == "夜间照明抽查"


def test_a_model_that_fails_is_told_and_a_picture_without_end_is_forgotten(cast: Cast) -> None:
    keeper = make.person("keeper", "keeper", cast.east_works)
    version = published(keeper)
    version.manifest = version.manifest | {"labels": ["one", "two", "three"]}
    version.save()
    headers = header(cast, keeper)
    made = call(headers, cast.east_works.code).json()["id"]
    services.work_once("tests")
    told = Client().get(f"{AT}calls/{made}/", headers=headers).json()
    assert (told["state"], told["result"]["ok"]) == ("done", False)
    assert "形状" in told["result"]["error"]
    call(headers, cast.east_works.code, "call-0002")
    assert services.forget_pictures() == 0
    WorkItem.objects.update(created_at=clock.now() - timedelta(days=2))
    assert services.forget_pictures() == 1


def test_who_may_not_and_what_is_wrong(cast: Cast) -> None:
    keeper = make.person("keeper", "keeper", cast.east_works)
    reader = make.person("reader", "reader", cast.east_works)
    neighbour = make.person("neighbour", "keeper", cast.west_works)
    published(keeper)
    services.ensure_builtins()
    unit, headers = cast.east_works.code, header(cast, keeper)
    assert call(header(cast, neighbour), unit).status_code == 403
    assert call(header(cast, reader), unit).status_code == 403
    assert call(header(cast, keeper, "algorithms.read"), unit).status_code == 403
    assert call({}, unit).status_code == 401
    wrongs: tuple[tuple[str, dict[str, Any]], ...] = (
        ("unit", {"unit": "NOWHERE"}),
        ("reason", {"reason": "查"}),
        ("picture", {"picture": b"%PDF-1.7 no picture"}),
        ("picture", {"picture": white() + b"\0" * (5 * 2**20)}),
        ("Idempotency-Key", {"key": "short"}),
    )
    for field, wrong in wrongs:
        answer = call(headers, **{"unit": unit} | wrong)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    assert call(headers, unit, code="line-count").status_code == 409
    assert call(headers, unit, code="nobody").status_code == 404
    assert ModelCall.objects.count() == 0
    made = call(headers, unit).json()["id"]
    other = header(cast, neighbour)
    assert Client().get(f"{AT}calls/{made}/", headers=other).status_code == 404


def test_no_unit_fills_the_queue(cast: Cast) -> None:
    keeper = make.person("keeper", "keeper", cast.east_works)
    published(keeper)
    headers = header(cast, keeper)
    first = call(headers, cast.east_works.code).json()["id"]
    item = ModelCall.objects.get(pk=first).item
    for number in range(19):
        WorkItem.objects.create(
            key=f"other-{number}", kind=item.kind, title="x", version=item.version,
            unit=item.unit, created_at=clock.now(), not_before=clock.now(),
        )  # fmt: skip
    assert call(headers, cast.east_works.code, "call-0002").status_code == 429
    assert call(headers, cast.east_works.code).json()["id"] == first
