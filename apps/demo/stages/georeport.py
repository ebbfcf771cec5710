"""Classes offered outside, programs that report by GeoReport, and a neighbour cases go to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from apps.accounts.models import Organization, Tenant, User
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.demo import neighbour
from apps.gateway import services as gateway
from apps.gateway.models import ApiClient
from apps.georeport.models import OpenService
from apps.georeport.permissions import REPORT_SCOPE, UPDATE_SCOPE
from apps.georeport.services import (
    OpenReport,
    PeerSpec,
    ServiceSpec,
    create_peer,
    save_service,
    take_report,
)

#: Code, class, name, group, keywords, whether the exact place is public.
OFFERED = (
    ("LAMP", "road.lamp", "路灯不亮", "道路设施", ("路灯", "照明"), True),
    ("MANHOLE", "road.manhole", "井盖问题", "道路设施", ("井盖",), True),
    ("ROAD", "road.damage", "道路破损", "道路设施", ("坑洼", "路面"), True),
    ("GARBAGE", "city.garbage", "垃圾清运", "市容环境", ("垃圾",), True),
    ("GREEN", "city.greening", "绿化养护", "市容环境", ("树木", "绿化"), True),
    ("NOISE", "env.noise", "噪声扰民", "生态环境", ("噪声", "施工"), False),
)
SURFACE = {
    "name": "cover",
    "label": "井盖状况",
    "type": "choice",
    "required": True,
    "choices": [["loose", "松动"], ["broken", "破损"], ["lost", "缺失"]],
}
SAID: tuple[tuple[str, str, dict[str, str | list[str]]], ...] = (
    ("LAMP", "这一段路灯连续几晚不亮，夜里行人看不清路。", {}),
    ("MANHOLE", "井盖松动，车辆经过时响声很大。", {"cover": "loose"}),
    ("GARBAGE", "路边垃圾桶满溢，两天没有清运。", {}),
)


@dataclass(frozen=True)
class Place:
    """Whose interface it is. manager: keeps it; person: answers for the clients in the unit
    that owns them. reporter, follower: service accounts."""

    tenant: Tenant
    owner: Organization
    manager: User
    person: User
    reporter: User
    follower: User


def load_georeport(place: Place, points: Sequence[tuple[float, float]], *, until: datetime) -> int:
    """Will offer classes, register two clients, take some reports, and name the neighbour.

    points: lon, lat of the reports. Gives how many classes are offered.
    """
    with clock.at(until - timedelta(hours=5)):
        offered = {each.code: each for each in _offer(place.tenant)}
        reporting = _client(place, "随手拍平台（模拟）", place.reporter)
        theirs = _client(place, "邻市开放平台（模拟）", place.follower)
    for number, (code, words, answers) in enumerate(SAID):
        lon, lat = points[number % len(points)]
        report = OpenReport(words, lon=lon, lat=lat, answers=answers)
        with clock.at(until - timedelta(hours=4 - number)):
            take_report(reporting, tenant=place.tenant, service=offered[code], report=report)
    _name_neighbour(place, theirs)
    return len(offered)


def _offer(tenant: Tenant) -> list[OpenService]:
    return [
        save_service(
            SYSTEM,
            tenant=tenant,
            spec=ServiceSpec(
                code=code,
                class_code=class_code,
                name=name,
                description=f"{name}的上报由市民热线受理。",
                group=group,
                keywords=keywords,
                is_place_public=shows,
                questions=[SURFACE] if code == "MANHOLE" else [],
            ),
        )
        for code, class_code, name, group, keywords, shows in OFFERED
    ]


def _client(place: Place, name: str, service_user: User) -> ApiClient:
    client, _key = gateway.issue_client(
        SYSTEM,
        name=name,
        tenant=place.tenant,
        service_user=service_user,
        owner=place.owner,
        owner_person=place.person,
        scopes=[REPORT_SCOPE, UPDATE_SCOPE],
        rate="60/min",
    )
    return client


def _name_neighbour(place: Place, theirs: ApiClient) -> None:
    """Left out where calls to this machine are not allowed."""
    spec = PeerSpec(
        name="邻市开放平台（模拟）",
        url=settings.DEMO_NEIGHBOUR,
        client=theirs,
        api_key=neighbour.key(),
        classes={class_code: code for code, class_code, *_more in OFFERED},
    )
    try:
        create_peer(place.manager, tenant=place.tenant, code="neighbour-city", spec=spec)
    except InvalidInput:
        return
