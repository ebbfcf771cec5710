"""Cameras of the demo city: networked and social ones, with pictures and ten days recorded.

They answer from the simulated street (``manage.py camera_street``), which runs beside the city
where ``settings.DEMO_CAMERAS_PORT`` says so. While the city is loaded it runs for a moment, so
that the catalogue and the pictures come as they would in life.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile, File
from PIL import Image

from apps.accounts.models import Organization, User
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.places import selectors as places
from apps.places.geometry import Point4326, point
from apps.places.models import Area
from apps.video import services
from apps.video.enums import Light, Protocol
from apps.video.models import Camera, Platform, Recorder
from apps.video.scenes import Scene
from apps.video.services import (
    CameraSpec,
    MediaSpec,
    PlatformSpec,
    RecorderSpec,
    SourceSpec,
)
from apps.video.street import DEMO_PASSWORD, DEMO_TOKEN, Street, start

SOCIAL, NETWORKED, DAYS, PICTURED = 12, 8, 10, 4
PORT = 8790
SECRET = {"username": "admin", "password": DEMO_PASSWORD}
MAKERS = ("甲视科技", "乙像电子", "丙眼安防")
OWNERS = ("便民超市", "连锁酒店", "社区药店", "地下车库", "农贸市场", "网吧")


def load_video(
    centers: Sequence[tuple[float, float]], *, until: datetime, people: dict[str, User]
) -> int:
    """Will enter cameras at these places and give how many.

    people: "keeper", "approver", "media": who does what is done by hand.
    """
    with clock.at(until):
        unit = people["media"].appointments.get(is_primary=True).post.organization
        area = unit.area
        assert area is not None
        places_of = [centers[number % len(centers)] for number in range(SOCIAL + NETWORKED)]
        box = _recorder(unit, area)
        social = [
            _social(number, _moved(places_of[number], number), box, unit)
            for number in range(SOCIAL)
        ]
        _networked(unit, area, places_of[SOCIAL:])
        for number, camera in enumerate(Camera.objects.order_by("gb_code")):
            _way(camera, number + 1)
        for number, camera in enumerate(social[:PICTURED]):
            _picture(camera, number + 1, people)
        _recordings(social, until.date())
        _media(unit, area, people["media"], until)
    return SOCIAL + NETWORKED


def address() -> str:
    """Will give where the street answers once the city runs."""
    return f"http://127.0.0.1:{settings.DEMO_CAMERAS_PORT or PORT}"


def code_of(where: Point4326, serial: int, kind: str = "132") -> str:
    """Will give a code of 20 digits for a thing at a place."""
    area = places.locate(where)
    assert area is not None
    return f"{area.code[:6].ljust(6, '0')}0000{kind}6{serial:06d}"


def _moved(center: tuple[float, float], number: int) -> tuple[float, float]:
    """Beside the middle of the cell, each camera elsewhere."""
    return center[0] + 0.00004 * (number % 5), center[1] + 0.00004 * (number % 3)


def _recorder(unit: Organization, area: Area) -> Recorder:
    spec = RecorderSpec(
        "指挥中心录像机", f"{area.code[:6].ljust(6, '0')}00001186000001", unit, area,
        maker=MAKERS[0], url=f"{address()}/recorder", channels=32, secret=SECRET,
    )  # fmt: skip
    return services.save_recorder(SYSTEM, spec=spec)


def _social(number: int, where: tuple[float, float], box: Recorder, unit: Organization) -> Camera:
    here = point(*where)
    owner = OWNERS[number % len(OWNERS)]
    is_whole = number % 3 != 2
    return services.register_camera(
        SYSTEM,
        spec=CameraSpec(
            f"{owner}门口 {number + 1}", code_of(here, 100 + number), here,
            owner_unit=unit if number % 2 == 0 else None, maker=MAKERS[number % 3],
            vendor="城安维保公司" if is_whole else "", recorder=box, channel=number + 1,
            address=f"{owner}正门" if is_whole else "",
            heading_deg=float(number * 30 % 360) if is_whole else None,
            height_m=4.5 if is_whole else None,
            installed_on=date(2024, 3, 1) if is_whole else None,
            labels=("学校周边",) if number % 4 == 0 else ("夜间重点",),
            consent_owner=f"{owner}（演示）", consent_on=date(2024, 2, 1),
            is_isolated=number == SOCIAL - 1, has_ptz=number == 0,
        ),
    )  # fmt: skip


def _networked(unit: Organization, area: Area, spots: Sequence[tuple[float, float]]) -> None:
    """Lets the catalogue of a police platform come in from the street."""
    rows: list[dict[str, Any]] = []
    for number, spot in enumerate(spots):
        where = _moved(spot, number + 2)
        rows.append({
            "id": f"GA-{number + 1:03d}", "gb_code": code_of(point(*where), 500 + number),
            "name": f"路口全景 {number + 1}", "lon": where[0], "lat": where[1],
            "maker": MAKERS[number % 3], "heading": number * 45, "ptz": number % 2 == 0,
            "address": f"第 {number + 1} 路口",
        })  # fmt: skip
    server, here = start(Street(key=DEMO_TOKEN, catalogue=rows))
    try:
        platform = _platform(unit, area, f"{here}/police")
        services.pull_catalogue(SYSTEM, platform_id=platform.pk)
    finally:
        server.shutdown()
        server.server_close()
    _platform(unit, area, f"{address()}/police", platform.pk)


def _platform(unit: Organization, area: Area, url: str, pk: int | None = None) -> Platform:
    is_there = pk is not None and bool(settings.DEMO_CAMERAS_PORT)
    spec = PlatformSpec(
        "市公安视频图像平台（演示）", "catalogue", url, unit, area, pulls=pk is None,
        pushes=is_there, secret={"key": DEMO_TOKEN},
    )  # fmt: skip
    return services.save_platform(SYSTEM, spec=spec, platform_id=pk)


def _way(camera: Camera, number: int) -> None:
    if camera.has_ptz:
        spec = SourceSpec(
            Protocol.ONVIF, url=f"{address()}/c/{number}/onvif/device_service", secret=SECRET
        )
        services.save_source(SYSTEM, camera_id=camera.pk, spec=spec)
    for place, (protocol, path) in enumerate(
        [(Protocol.HTTP_PICTURE, "picture.jpg"), (Protocol.HTTP_STREAM, "stream")], 1
    ):
        spec = SourceSpec(
            protocol, url=f"{address()}/c/{number}/{path}", position=place, secret=SECRET
        )
        services.save_source(SYSTEM, camera_id=camera.pk, spec=spec)


def _jpeg(number: int) -> File:
    held = BytesIO()
    Image.fromarray(Scene(number).frame(3.0)).save(held, "JPEG", quality=85)
    return ContentFile(held.getvalue(), name="picture.jpg")


def _picture(camera: Camera, number: int, people: dict[str, User]) -> None:
    made = services.propose_picture(
        people["keeper"], camera_id=camera.pk, upload=_jpeg(number), light=Light.DAY
    )
    if number < PICTURED:  # the last one waits
        services.decide_picture(people["approver"], picture_id=made.pk, is_agreed=True)


def _recordings(cameras: Sequence[Camera], today: date) -> None:
    """Ten days; one camera lost a night, one lost an hour each noon, one is not known."""
    for number, camera in enumerate(cameras):
        for back in range(1, DAYS + 1):
            hours: list[int | None] = [3600] * 24
            if number == 2 and back == 3:
                hours[0:6] = [1200, 0, 0, 0, 0, 900]
            if number == 5:
                hours[12] = 1800
            if number == 7 and back < 3:
                hours = [None] * 24
            services.record_presence(camera.pk, on=today - timedelta(days=back), seconds=hours)


def _media(unit: Organization, area: Area, keeper: User, until: datetime) -> None:
    spec = MediaSpec(
        "占道经营现场照片", "inspection", unit, area, until - timedelta(days=1), "演示执法人员",
        label="当事人已自行清理", device_code="ZF-0007",
    )  # fmt: skip
    services.add_media(keeper, upload=_jpeg(77), spec=spec)
