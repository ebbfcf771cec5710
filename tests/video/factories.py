"""Cameras, recorders and people on the town's ground. Small and plain; deeds go by services."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from apps.accounts.models import Organization, User
from apps.assets.models import AssetClass
from apps.audit.services import SYSTEM
from apps.places.geometry import point
from apps.video.enums import Protocol
from apps.video.models import Camera, Platform, Recorder, Source
from apps.video.services import (
    CameraSpec,
    PlatformSpec,
    RecorderSpec,
    SourceSpec,
    register_camera,
    save_platform,
    save_recorder,
    save_source,
)
from apps.video.street import Street, start
from tests.cast import Cast
from tests.people import appointed

RIGHTS = {
    "video_operator": ["view_cameras", "play_cameras"],
    "video_steerer": ["view_cameras", "play_cameras", "steer_cameras"],
    "video_keeper": ["view_cameras", "keep_cameras"],
    "video_approver": ["view_cameras", "play_cameras", "approve_cameras"],
    "media_keeper": ["view_media", "keep_media"],
    "media_reader": ["view_media"],
}


def person(name: str, role: str, unit: Organization) -> User:
    """Will give somebody of the unit with the rights of a role of ``RIGHTS``."""
    rights = [f"video.{right}" for right in RIGHTS[role]]
    return appointed(name, unit, role=role, rights=rights)


def code_of(serial: int, *, kind: str = "132", district: str = "01") -> str:
    """Will give a code of the town's eastern district (01) or western (02)."""
    return f"9901{district}0000{kind}6{serial:06d}"


def camera_spec(serial: int = 1, **given: Any) -> CameraSpec:
    """Will say what a social camera of the eastern district shall be."""
    AssetClass.objects.get_or_create(
        code="0112", defaults={"name": "监控摄像机", "large_class": "公用设施"}
    )
    plain: dict[str, Any] = {
        "name": f"东区超市 {serial}", "gb_code": code_of(serial),
        "point": point(*Cast.inside_east()), "consent_owner": "东区超市",
        "consent_on": date(2026, 1, 5),
    }  # fmt: skip
    return CameraSpec(**plain | given)


def camera(serial: int = 1, **given: Any) -> Camera:
    """Will give a social camera of the eastern district."""
    return register_camera(SYSTEM, spec=camera_spec(serial, **given))


def western(serial: int = 90, **given: Any) -> Camera:
    """Will give a social camera of the western district."""
    plain: dict[str, Any] = {
        "gb_code": code_of(serial, district="02"), "point": point(*Cast.inside_west()),
        "name": f"西区商场 {serial}",
    }  # fmt: skip
    return camera(serial, **plain | given)


def recorder(cast: Cast, serial: int = 1, **given: Any) -> Recorder:
    """Will give a recorder of the eastern district."""
    plain: dict[str, Any] = {
        "name": f"东区录像机 {serial}", "gb_code": code_of(serial, kind="118"),
        "unit": cast.east_works, "area": cast.east,
    }  # fmt: skip
    return save_recorder(SYSTEM, spec=RecorderSpec(**plain | given))


def platform(cast: Cast, url: str, **given: Any) -> Platform:
    """Will give the police's platform of the whole town."""
    plain: dict[str, Any] = {
        "name": "市公安视频平台", "kind": "catalogue", "url": url, "unit": cast.center,
        "area": cast.city, "pulls": True, "pushes": True, "secret": {"key": "k" * 32},
    }  # fmt: skip
    return save_platform(SYSTEM, spec=PlatformSpec(**plain | given))


def source(of: Camera, protocol: str = Protocol.HTTP_PICTURE, **given: Any) -> Source:
    """Will give a way to a camera."""
    return save_source(SYSTEM, camera_id=of.pk, spec=SourceSpec(protocol, **given))


@contextmanager
def street(**given: Any) -> Iterator[tuple[Street, str]]:
    """Will open simulated cameras at a local port, with their address."""
    stand = Street(**given)
    server, address = start(stand)
    yield stand, address
    server.shutdown()
    server.server_close()
