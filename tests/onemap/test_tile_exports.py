"""Files of tiles: who may have one, what is in it, how long it is kept."""

import gzip
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import pytest
from django.contrib.auth.models import Permission
from django.contrib.gis.geos import Point
from django.core.management import call_command
from pmtiles.reader import MmapSource, Reader

from apps.accounts.models import Appointment, Role, User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput, NotAllowed, NotFound, Refused
from apps.onemap import services
from apps.onemap.enums import ExportState
from apps.onemap.models import LayerCard, TileExport
from apps.onemap.registry import temporarily
from apps.onemap.services import exports
from apps.onemap.tiles import archive
from tests.cast import Cast
from tests.matters.factories import dispatched
from tests.onemap.test_tiles import MARKS
from tests.onemap.tile_kit import mark, over, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def layers() -> Iterator[None]:
    with temporarily(MARKS):
        yield


@pytest.fixture
def keeper(cast: Cast) -> User:
    """The eastern handler, who may also export tiles."""
    role = Role.objects.create(code="exporter", name="导出员")
    role.permissions.add(Permission.objects.get(codename="export_tiles"))
    Appointment.objects.get(user=cast.handler).post.roles.add(role)
    return User.objects.get(pk=cast.handler.pk)


def order(actor: User, **changes: Any) -> TileExport:
    values: dict[str, Any] = {
        "codes": ["cases", "marks"],
        "min_zoom": 12,
        "max_zoom": 14,
        "purpose": "应急车离线地图",
    }
    return services.request_export(actor, **(values | changes))


def read(path: Path, lon: float, lat: float, zoom: int) -> dict[str, Any]:
    at = over(lon, lat, zoom)
    with path.open("rb") as file:
        packed = Reader(MmapSource(file)).get(at.z, at.x, at.y)
    return mapbox_vector_tile.decode(gzip.decompress(packed)) if packed else {}


def test_a_file_holds_the_layers_as_the_person_sees_them_without_protected_fields(
    cast: Cast, keeper: User, settings: Any
) -> None:
    case = dispatched(cast)
    made = mark(Point(120.012, 36.012), name="路牌", source="机密")
    LayerCard.objects.create(code="marks", approval_number="鲁S(2026)001号")
    export = order(keeper)
    assert services.write_next_export()
    assert not services.write_next_export()
    export.refresh_from_db()
    assert (export.state, export.done) == (ExportState.DONE, export.total)
    assert export.total >= 3
    _export, file = services.open_export(keeper, pk=export.pk)
    tile = read(file, 120.012, 36.012, 14)
    assert [f["id"] for f in tile["cases"]["features"]] == [case.pk]
    [found] = tile["marks"]["features"]
    assert (found["id"], found["properties"]) == (made.pk, {"name": "路牌", "rank": 5})
    with file.open("rb") as opened:
        told = Reader(MmapSource(opened)).metadata()
    assert told["attribution"] == "鲁S(2026)001号"
    assert [layer["id"] for layer in told["vector_layers"]] == ["cases", "marks"]
    assert read(file, 120.012, 36.012, 12)["cases"]["features"][0]["properties"]["count"] == 1
    noted = list(AuditEntry.objects.filter(object_type="onemap.tile_export").order_by("id"))
    assert [entry.action.partition(".")[2] for entry in noted] == [
        "requested",
        "done",
        "downloaded",
    ]
    assert noted[0].data["purpose"] == "应急车离线地图"


def test_nobody_without_the_right_and_nobody_else_has_a_file(cast: Cast, keeper: User) -> None:
    mark(Point(120.012, 36.012))
    with pytest.raises(NotAllowed):
        order(cast.handler_west)
    export = order(keeper, codes=["marks"])
    with pytest.raises(Refused):
        order(keeper, codes=["marks"])
    services.write_next_export()
    for somebody, refusal in ((cast.handler_west, NotAllowed), (keeper, None)):
        if refusal:
            with pytest.raises(refusal):
                services.open_export(somebody, pk=export.pk)
    LayerCard.objects.create(code="marks", is_hidden=True)
    with pytest.raises(NotFound):
        services.open_export(keeper, pk=export.pk)


def test_what_cannot_be_exported_is_refused_by_name(
    cast: Cast, keeper: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark(Point(120.012, 36.012))
    mark(Point(120.9, 36.9))
    cases: list[tuple[dict[str, Any], type[DomainError], str]] = [
        ({"codes": []}, InvalidInput, "layers"),
        ({"codes": ["marks", "marks"]}, InvalidInput, "layers"),
        ({"codes": ["no-such"]}, NotFound, "layer"),
        ({"codes": ["cases"]}, InvalidInput, "layers"),
        ({"min_zoom": 14, "max_zoom": 12}, InvalidInput, "min_zoom"),
        ({"max_zoom": 17}, InvalidInput, "max_zoom"),
        ({"purpose": " "}, InvalidInput, "purpose"),
    ]
    for changes, kind, field in cases:
        with pytest.raises(kind) as refused:
            order(keeper, **changes)
        assert refused.value.field == field
    monkeypatch.setattr(archive, "MOST_TILES", 10)
    with pytest.raises(InvalidInput) as refused:
        order(keeper, max_zoom=15)
    assert refused.value.field == "max_zoom"
    assert not TileExport.objects.exists()


def test_a_right_taken_away_meanwhile_and_a_silent_writer(cast: Cast, keeper: User) -> None:
    mark(Point(120.012, 36.012))
    lost = order(keeper, codes=["marks"])
    TileExport.objects.filter(pk=lost.pk).update(
        state=ExportState.RUNNING, seen_at=clock.now() - exports.SILENT - timedelta(seconds=1)
    )
    Appointment.objects.filter(user=keeper).update(suspended_at=clock.now())
    assert services.write_next_export()
    lost.refresh_from_db()
    assert lost.state == ExportState.FAILED
    assert "权限" in lost.error
    assert not list((Path(exports.settings.MEDIA_ROOT) / "tiles").iterdir())


def test_a_file_is_removed_when_its_days_are_over(cast: Cast, keeper: User) -> None:
    mark(Point(120.012, 36.012))
    export = order(keeper, codes=["marks"])
    services.write_next_export()
    assert services.remove_old_exports() == 0
    TileExport.objects.update(kept_until=clock.today() - timedelta(days=1))
    assert services.remove_old_exports() == 1
    export.refresh_from_db()
    assert (export.state, export.path) == (ExportState.REMOVED, "")
    with pytest.raises(NotFound):
        services.open_export(keeper, pk=export.pk)


def test_the_page_orders_a_file_shows_it_and_gives_it(
    cast: Cast, keeper: User, tmp_path: Path
) -> None:
    mark(Point(120.012, 36.012))
    client = signed_in(keeper)
    page = client.get("/map/exports/")
    assert "还没有离线瓦片包" in page.content.decode()
    values = {"layers": ["marks"], "min_zoom": "12", "max_zoom": "13", "purpose": "演练"}
    wrong = client.post("/map/exports/", values | {"min_zoom": "14"})
    assert "最小级别应不大于最大级别" in wrong.content.decode()
    assert client.post("/map/exports/", values).status_code == 302
    assert "hx-trigger" in client.get("/map/exports/").content.decode()
    services.write_next_export()
    export = TileExport.objects.get()
    file = client.get(f"/map/exports/{export.pk}/file")
    assert b"".join(file.streaming_content)[:7] == b"PMTiles"
    assert signed_in(cast.handler_west).get("/map/exports/").status_code == 403
    out = tmp_path / "out.pmtiles"
    call_command("export_pmtiles", "marks", user="handler", zooms="12-13", purpose="演练", out=out)
    assert read(out, 120.012, 36.012, 13)["marks"]["features"]
