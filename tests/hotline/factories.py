"""Demands, calls and articles as the tests begin with."""

from datetime import UTC, datetime
from typing import Any

from apps.accounts.models import Organization, Tenant, User
from apps.hotline.enums import CallEventKind, Nature
from apps.hotline.models import Article
from apps.hotline.services import (
    Intake,
    Placing,
    Wording,
    create_article,
    publish_article,
    register_demand,
)
from apps.hotline.telephony import CallEvent
from apps.matters.enums import Channel
from apps.matters.models import Case
from tests.cast import ROLES, Cast, _person

PHONE = "13812345678"
TEXT = "解放路与和平路路口的井盖松动，车辆经过时声音很大，希望尽快处理。"
NINE = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


def intake(**changes: Any) -> Intake:
    """Will give a report of a loose manhole cover by telephone."""
    lon, lat = Cast.inside_east()
    values: dict[str, Any] = {
        "title": "路口井盖松动",
        "text": TEXT,
        "channel": Channel.PHONE,
        "nature": Nature.HELP,
        "reporter_name": "张三丰",
        "reporter_phone": PHONE,
        "lon": lon,
        "lat": lat,
        "address": "解放路与和平路路口",
        "class_code": "road.manhole",
    }
    return Intake(**(values | changes))


def demand(cast: Cast, **changes: Any) -> Case:
    """Will give a case just registered by the acceptor."""
    return register_demand(cast.acceptor, tenant=cast.tenant, intake=intake(**changes)).case


def event(kind: CallEventKind, *, minute: int = 0, **changes: Any) -> CallEvent:
    """Will give what the exchange reports of one call, minutes after nine."""
    values: dict[str, Any] = {
        "exchange_id": "pbx-1",
        "line": "12345",
        "phone": PHONE,
        "at": NINE.replace(minute=minute),
    }
    return CallEvent(kind=kind, **(values | changes))


def article(cast: Cast, author: User, approver: User | None = None, **changes: Any) -> Article:
    """Will give an article of the reception centre, published when there is an approver."""
    values = {"title": "井盖损坏如何报修", "body": "请说明位置。一个工作日内处理。"} | changes
    placing = Placing(class_code=values.pop("class_code", "road.manhole"))
    made = create_article(author, unit=cast.center, wording=Wording(**values), placing=placing)
    if approver is not None:
        made = publish_article(approver, article_id=made.pk, number=1)
    return made


def editors(cast: Cast) -> tuple[User, User]:
    """Will give somebody who writes and approves knowledge, and a second one."""
    ROLES.setdefault("knowledge", ["hotline.edit_knowledge", "hotline.approve_knowledge"])
    return (
        _person("writer", "苏文", "knowledge", cast.center),
        _person("approver", "高核", "knowledge", cast.center),
    )


def neighbour(cast: Cast, role: str = "acceptor") -> User:
    """Will give somebody of another city (an acceptor), with the same rights there."""
    tenant = Tenant.objects.create(code="elsewhere", name="邻市", area=cast.west)
    unit = Organization.objects.create(
        tenant=tenant,
        code="elsewhere-center",
        name="邻市热线",
        kind="center",
        path="",
        area=cast.west,
    )
    unit.path = f"/{unit.pk}/"
    unit.save(update_fields=["path"])
    return _person("stranger", "钱远", role, unit)
