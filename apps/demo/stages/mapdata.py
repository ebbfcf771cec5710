"""Imported layers, one of them shifted and one late, a request that waits, a tile service."""

import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.accounts.models import Organization, User
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.demo.geography import City
from apps.demo.stages.library import load_library
from apps.demo.world import CENTER, TENANT, department_code
from apps.geodata import services
from apps.geodata.enums import JobState
from apps.geodata.models import Dataset, ImportJob
from apps.geodata.services import Confirmation
from apps.onemap.sharing import services as sharing
from apps.onemap.sharing.services import ServiceData
from apps.places.coordinates import wgs84_to_gcj02

LAMPS = 240
SITES = 12


def load_mapdata(city: City, *, until: datetime) -> int:
    """Will import two layers, file a request and register the simulated tile service, a view of
    a base library and a 3D model.

    Gives the number of layers. Kept by ``map-keeper1``, requests checked by ``map-approver1``.
    """
    keeper = User.objects.get(username="map-keeper1", tenant__code=TENANT)
    center = Organization.objects.get(code=CENTER, tenant__code=TENANT)
    services.switch_unshift(SYSTEM, is_allowed=True, basis="演示城市，坐标均为虚构")
    day = timezone.localdate(until)
    # What a firm surveyed with a public map: half a kilometre off until it is found out.
    _bring(
        keeper,
        center,
        "照明控制箱",
        _collection(_boxes(city)),
        Confirmation(
            crs="GCJ-02",
            data_on=day - timedelta(days=6),
            reason="与道路比对，测绘单位确认使用了公众地图",
            visibility="tenant",
            source="虚构测绘单位",
            update_days=180,
        ),
    )
    _bring(
        keeper,
        center,
        "施工占道范围",
        _collection(_sites(city)),
        Confirmation(
            crs="EPSG:4326",
            data_on=day - timedelta(days=75),
            reason="提供单位说明",
            source="虚构审批系统",
            update_days=30,
        ),
    )
    _ask(city)
    _register(keeper)
    load_library(keeper, center)
    sharing.remind_stale()
    return Dataset.objects.filter(tenant__code=TENANT).count()


def _bring(
    keeper: User, unit: Organization, name: str, content: bytes, taken: Confirmation
) -> None:
    file = SimpleUploadedFile(f"{name}.geojson", content)
    job = services.take_in(keeper, upload=file, unit=unit, name=name, crs="EPSG:4490")
    services.run_due()
    services.confirm_import(keeper, job_id=job.pk, confirmation=taken)
    services.run_due()
    done = ImportJob.objects.get(pk=job.pk)
    assert done.state == JobState.DONE, done.error


def _boxes(city: City) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for address in city.addresses[:: max(1, len(city.addresses) // LAMPS)]:
        lon, lat = wgs84_to_gcj02(*address.point)
        properties = {
            "编号": f"KZX{len(found) + 1:04d}",
            "位置": address.text,
            "回路数": 2 + len(found) % 5,
            "投用日期": f"20{18 + len(found) % 8}-0{1 + len(found) % 9}-15",
        }
        shape = {"type": "Point", "coordinates": [round(lon, 7), round(lat, 7)]}
        found.append({"type": "Feature", "properties": properties, "geometry": shape})
    return found


def _sites(city: City) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for estate in city.estates[:SITES]:
        properties = {
            "工程": f"{estate.name}管网改造",
            "占道": "半幅" if len(found) % 2 else "全幅",
        }
        shape = {"type": "Polygon", "coordinates": [[list(point) for point in estate.outline]]}
        found.append({"type": "Feature", "properties": properties, "geometry": shape})
    return found


def _collection(features: list[dict[str, Any]]) -> bytes:
    whole = {"type": "FeatureCollection", "features": features}
    return json.dumps(whole, ensure_ascii=False).encode()


def _ask(city: City) -> None:
    code = department_code("cgj", "district", city.districts[0].code)
    unit = Organization.objects.get(code=code, tenant__code=TENANT)
    person = User.objects.get(username="handler1", tenant__code=TENANT)
    dataset = Dataset.objects.get(name="施工占道范围", tenant__code=TENANT)
    sharing.ask_for_layer(
        person,
        code=dataset.layer_code,
        unit=unit,
        purpose="处置占道投诉前核对施工许可范围",
        since=clock.today(),
        until=clock.today() + timedelta(days=180),
    )


def _register(keeper: User) -> None:
    """Where the product may not call itself there is no simulated service."""
    origin = urlsplit(settings.DEMO_RECEIVER)
    data = ServiceData(
        name="影像底图（模拟）",
        kind="xyz",
        url=f"{origin.scheme}://{origin.netloc}/demo/tiles/{{z}}/{{x}}/{{y}}.png",
        max_zoom=19,
        attribution="演示用，非真实影像",
        approval_number="演示",
    )
    tenant = keeper.tenant
    assert tenant is not None
    try:
        sharing.register_service(keeper, code="demo-imagery", tenant=tenant, data=data)
    except InvalidInput:
        return
