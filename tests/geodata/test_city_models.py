"""3D models: their viewers' addresses, links with assets and cases, where the links show."""

from io import BytesIO
from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.gis.geos import Point
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from openpyxl import load_workbook

from apps.accounts.models import Tenant
from apps.assets.admin import AssetAdmin
from apps.assets.models import Asset, AssetClass
from apps.audit.models import AuditEntry
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.geodata import selectors, services
from apps.geodata.models import CityModel, ModelLink
from apps.geodata.services import ModelData
from tests.cast import Cast
from tests.geodata.factories import keeper
from tests.geodata.libraries import signed_in
from tests.matters.factories import dispatched

pytestmark = pytest.mark.django_db
URL = "https://cim.example.gov.cn/view?id={object}"


def lamp(cast: Cast, *, serial: int = 1, side: str = "east") -> Asset:
    kind, _new = AssetClass.objects.get_or_create(
        code="0201", defaults={"name": "路灯", "large_class": "公用设施"}
    )
    place = cast.inside_east() if side == "east" else cast.inside_west()
    return Asset.objects.create(
        kind=kind,
        region_code="990101",
        serial=serial,
        code=f"9901010201{serial:06d}",
        name=f"路灯{serial}",
        point=Point(*place, srid=4326),
        owner_unit=cast.east_works if side == "east" else cast.west_works,
    )


def model(cast: Cast, url: str = URL) -> CityModel:
    data = ModelData("东区白模", "2026-06", url)
    return services.register_model(keeper(cast), unit=cast.east_works, data=data)


@pytest.mark.parametrize(
    "url",
    [
        "http://cim.example.gov.cn/view?id={object}",
        "javascript:alert(1)//{object}",
        "https://cim.example.gov.cn/view",
        "https://cim.example.gov.cn/{object}?token={key}",
        "https://{object}.example.gov.cn/",
        "https://user@evil.example/{object}",
        'https://cim.example.gov.cn/"onclick={object}',
        "https:///{object}",
        "https://cim.example.gov.cn:99999/{object}",
        "//cim.example.gov.cn/{object}",
        "https://cim.example.gov.cn/" + "a" * 500 + "{object}",
    ],
)
def test_addresses_that_are_no_safe_link_are_refused(cast: Cast, url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        model(cast, url)
    assert refused.value.field == "viewer_url"


def test_the_citys_own_hosts_may_do_without_tls(cast: Cast, settings: Any) -> None:
    settings.MODEL_VIEWER_HTTP_HOSTS = ["cim.inner:8080"]
    found = model(cast, "http://cim.inner:8080/#/{object}")
    assert found.url_of("楼 1/3&x") == "http://cim.inner:8080/#/%E6%A5%BC%201%2F3%26x"
    with pytest.raises(InvalidInput):
        model(cast, "http://cim.inner:8081/{object}")


def test_a_link_shows_on_the_map_and_on_the_case(cast: Cast) -> None:
    actor, found, asset = keeper(cast), model(cast), lamp(cast)
    case = dispatched(cast)
    services.link_object(
        actor, model_id=found.pk, object_id="B-7", kind="asset", target_code=asset.code
    )
    services.link_object(
        actor, model_id=found.pk, object_id="B-8", kind="case", target_code=case.number
    )
    lon, lat = cast.inside_east()
    query = {"layers": "asset-0201", "lon": lon, "lat": lat, "zoom": 17}
    [told] = signed_in(cast.handler).get("/map/identify/", query).json()["features"]
    assert told["links"] == [["三维模型：东区白模", "https://cim.example.gov.cn/view?id=B-7"]]
    page = signed_in(cast.handler).get(f"/cases/{case.pk}/").content.decode()
    assert "https://cim.example.gov.cn/view?id=B-8" in page
    page = signed_in(actor).get(f"/geodata/models/{found.pk}/").content.decode()
    assert case.title in page
    assert asset.name in page
    services.retire_model(actor, model_id=found.pk)
    services.retire_model(actor, model_id=found.pk)
    page = signed_in(cast.handler).get(f"/cases/{case.pk}/").content.decode()
    assert "view?id=B-8" not in page
    assert AuditEntry.objects.filter(action="city_model.retired").count() == 1


def test_the_console_links_an_asset_with_its_models(cast: Cast, rf: RequestFactory) -> None:
    actor, found, asset = keeper(cast), model(cast), lamp(cast)
    services.link_object(
        actor, model_id=found.pk, object_id="B-7", kind="asset", target_code=asset.code
    )
    console = AssetAdmin(Asset, site)
    request = rf.get("/console/assets/asset/")
    for viewer, is_seen in ((cast.handler, True), (cast.outsider, False)):
        request.user = viewer
        shown = console.links(console.get_object(request, str(asset.pk)))
        assert ('href="https://cim.example.gov.cn/view?id=B-7"' in shown) is is_seen


def test_links_are_made_once_and_of_what_one_sees(cast: Cast) -> None:
    actor, found, asset = keeper(cast), model(cast), lamp(cast)
    foreign = lamp(cast, serial=2, side="west")
    one = {"model_id": found.pk, "object_id": "B-7", "kind": "asset"}
    link = services.link_object(actor, **one, target_code=asset.code)
    with pytest.raises(Refused):
        services.link_object(actor, **one, target_code=asset.code)
    for changes, field in (
        ({"target_code": foreign.code}, "target_code"),
        ({"target_code": "no such"}, "target_code"),
        ({"target_code": asset.code, "object_id": " "}, "object_id"),
        ({"target_code": asset.code, "object_id": "a\nb"}, "object_id"),
        ({"target_code": asset.code, "kind": "person"}, "kind"),
    ):
        with pytest.raises(InvalidInput) as refused:
            services.link_object(actor, **(one | changes))
        assert refused.value.field == field
    services.unlink_object(actor, model_id=found.pk, link_id=link.pk)
    with pytest.raises(NotFound):
        services.unlink_object(actor, model_id=found.pk, link_id=link.pk)


def test_a_neighbour_changes_nothing_and_another_body_sees_nothing(cast: Cast) -> None:
    found, asset = model(cast), lamp(cast)
    west = keeper(cast, "handler_west")
    with pytest.raises(NotAllowed):
        services.link_object(
            west, model_id=found.pk, object_id="1", kind="asset", target_code=asset.code
        )
    assert signed_in(west).post(f"/geodata/models/{found.pk}/retire/").status_code == 403
    services.link_object(
        keeper(cast), model_id=found.pk, object_id="1", kind="asset", target_code=asset.code
    )
    other = Tenant.objects.create(code="elsewhere", name="他市", area=cast.city)
    CityModel.objects.update(tenant=other)
    assert signed_in(west).get(f"/geodata/models/{found.pk}/").status_code == 404
    assert selectors.objects_of(cast.handler, "asset", [asset.code]) == {}


def sheet(*lines: str) -> SimpleUploadedFile:
    head = "模型对象编号,关联类别,编码"
    return SimpleUploadedFile("links.csv", "\n".join([head, *lines]).encode())


def test_a_file_of_links_goes_in_whole_or_not_at_all(cast: Cast) -> None:
    found, asset, case = model(cast), lamp(cast), dispatched(cast)
    client = signed_in(keeper(cast))
    address = f"/geodata/models/{found.pk}/import/"
    good = [f"L1,部件,{asset.code}", f"C1,案件,{case.number}"]
    bad = [*good, f"L2,人员,{asset.code}", "L3,部件,404", ",部件,1"]
    answer = client.post(address, {"file": sheet(*bad)})
    assert answer.status_code == 422
    assert "第4行 关联类别：关联类别应为：部件、案件" in answer.content.decode()
    assert "没有这个编码" in answer.content.decode()
    errors = client.post(address, {"file": sheet(*bad), "sheet": "1"})
    book = load_workbook(BytesIO(b"".join(errors.streaming_content)))  # type: ignore[attr-defined]
    assert [row[0] for row in book.active.iter_rows(min_row=2, values_only=True)] == [4, 5, 6]
    assert ModelLink.objects.count() == 0
    for _twice in range(2):
        assert client.post(address, {"file": sheet(*good)}).status_code == 302
    assert ModelLink.objects.count() == 2
    rubbish = SimpleUploadedFile("a.csv", b"\xff\xfe\x00")
    assert client.post(address, {"file": rubbish}).status_code == 422


def test_models_are_kept_through_the_pages(cast: Cast) -> None:
    client = signed_in(keeper(cast))
    sent = {"name": "新城", "edition": "1", "viewer_url": "ftp://x/{object}"}
    sent["unit"] = str(cast.east_works.pk)
    answer = client.post("/geodata/models/new/", sent)
    assert answer.status_code == 422
    assert "https://" in answer.content.decode()
    answer = client.post("/geodata/models/new/", sent | {"viewer_url": URL})
    found = CityModel.objects.get()
    assert answer.url == f"/geodata/models/{found.pk}/"
    assert "还没有关联对象" in client.get(answer.url).content.decode()
    code = lamp(cast).code
    linked = {"object_id": "A", "kind": "asset", "target_code": code}
    assert client.post(answer.url, linked | {"target_code": "x"}).status_code == 422
    assert client.post(answer.url, linked).status_code == 302
    assert code in client.get(answer.url).content.decode()
    edited = sent | {"viewer_url": URL, "name": "旧城"}
    assert client.post(f"{answer.url}edit/", edited).status_code == 302
    assert "旧城" in client.get("/geodata/models/").content.decode()
    link = ModelLink.objects.get()
    assert client.post(f"{answer.url}unlink/{link.pk}/").status_code == 302
    assert not ModelLink.objects.exists()
