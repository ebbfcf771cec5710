"""Work orders for programs (OP-09, OP-12)."""

from typing import Any

from django.test import Client

from apps.accounts.models import User
from apps.audit.services import SYSTEM
from apps.gateway.services import issue_client
from apps.ops.models import WorkOrder
from tests.cast import Cast
from tests.ops import factories as make

SCOPES = ["orders.read", "orders.report"]


def header(cast: Cast, user: User, *scopes: str) -> dict[str, str]:
    _client, key = issue_client(
        SYSTEM, name="监控平台", tenant=cast.tenant, service_user=user, scopes=scopes or SCOPES
    )
    return {"Authorization": f"Api-Key {key}"}


def file(headers: dict[str, str], key: str = "k1", **given: Any) -> Any:
    body = {"fault_kind": "camera-offline", "text": "黑屏", "asset_code": make.the_camera().code}
    body |= given
    return Client().post(
        "/api/v1/orders/", body, content_type="application/json",
        headers=headers | ({"Idempotency-Key": key} if key else {}),
    )  # fmt: skip


def test_a_program_files_a_fault_once_and_reads_where_it_stands(town: Cast) -> None:
    headers = header(town, town.manager)
    first, again = file(headers), file(headers)
    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    order = WorkOrder.objects.get()
    told = Client().get(f"/api/v1/orders/{order.pk}/", headers=headers).json()
    assert (told["number"], told["state"], told["state_label"], told["level"]) == (
        order.case.number, "reported", "待确认", 3,
    )  # fmt: skip
    assert (told["asset_code"], told["source"]) == (make.the_camera().code, "monitoring")
    listed = Client().get("/api/v1/orders/?state=reported", headers=headers).json()
    assert [one["id"] for one in listed["results"]] == [order.pk]
    assert Client().get("/api/v1/orders/?state=closed", headers=headers).json()["results"] == []
    assert Client().get("/api/v1/orders/?state=nonsense", headers=headers).status_code == 400


def test_who_may_not_and_what_is_wrong(town: Cast) -> None:
    headers = header(town, town.manager)
    order = WorkOrder.objects.get(pk=file(headers).json()["id"])
    neighbour = header(town, town.manager_west)
    assert Client().get(f"/api/v1/orders/{order.pk}/", headers=neighbour).status_code == 404
    assert Client().get("/api/v1/orders/", headers=neighbour).json()["results"] == []
    assert file(header(town, town.manager, "orders.read")).status_code == 403
    reporting = header(town, town.manager, "orders.report")
    assert Client().get("/api/v1/orders/", headers=reporting).status_code == 403
    assert Client().get("/api/v1/orders/").status_code == 401
    wrongs: tuple[tuple[str, dict[str, Any]], ...] = (
        ("Idempotency-Key", {"key": ""}),
        ("fault_kind", {"key": "k2", "fault_kind": "gone"}),
        ("asset_code", {"key": "k3", "asset_code": "0"}),
        ("text", {"key": "k4", "text": "x" * 2000}),
    )
    for field, wrong in wrongs:
        answer = file(headers, **wrong)
        assert answer.status_code in (400, 422)
        assert answer.json()["errors"][0]["field"] == field
    assert WorkOrder.objects.count() == 1
