"""The pages and calls of products: who opens them, what they say, what they take. IO-05."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from apps.accounts.models import Role
from apps.accounts.services import seed_roles
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.products import services
from apps.products.models import DataProduct, ProductGrant, ProductUse
from apps.products.starting import ensure_roles
from tests.cast import Cast
from tests.gateway.factories import client_with_key
from tests.products import factories as make

pytestmark = pytest.mark.django_db
KEY = f"products01.{'p' * 32}"


def page(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def at(name: str, *args: Any) -> str:
    return reverse(f"products:{name}", args=args)


@pytest.fixture
def product(cast: Cast) -> DataProduct:
    """On request, with two hours of one station."""
    first, *_others = make.stations(cast)
    for hours, mean in ((0, 30.5), (1, 31.25)):
        make.hour(first, make.first_hour() + timedelta(hours=hours), mean)
    return make.product(cast)


def test_the_catalogue_shows_and_narrows(cast: Cast, product: DataProduct) -> None:
    draft = make.product(cast, code="draft", name="还没有发布", is_draft=True)
    reader, keeper = page(make.reader(cast)), page(make.keeper(cast))
    shown = reader.get(at("product-list")).content.decode()
    assert product.name in shown
    assert draft.name not in shown
    assert draft.name in keeper.get(at("product-list"), {"mine": "kept"}).content.decode()
    nothing = reader.get(at("product-list"), {"mine": "read"}).content.decode()
    assert "没有符合条件的数据产品" in nothing
    assert product.name in reader.get(at("product-list"), {"q": "PM2.5"}).content.decode()


def test_who_has_no_right_opens_nothing(cast: Cast, product: DataProduct) -> None:
    stranger = page(cast.outsider)
    for name in ("product-detail", "row-list", "row-export"):
        assert stranger.get(at(name, product.code)).status_code == 403
    assert stranger.get(at("product-list")).status_code == 403


def test_a_product_is_written_by_form_and_errors_stand_at_the_field(cast: Cast) -> None:
    keeper = page(make.keeper(cast))
    make.stations(cast)
    spec = make.spec(cast)
    said = {
        "name": "新产品", "code": "new-one", "unit": cast.center.pk, "area": cast.city.pk,
        "profiles": [spec.profiles[0].pk], "field_code": "level", "grain": "area", "step": "day",
    }  # fmt: skip
    refused = keeper.post(at("product-new"), said)
    assert refused.status_code == 422
    assert "没有数值型的监测量" in refused.content.decode()
    saved = keeper.post(at("product-new"), said | {"field_code": "pm25"})
    assert saved["Location"] == at("product-detail", "new-one")
    edit = keeper.get(at("product-edit", "new-one")).content.decode()
    assert 'value="新产品"' in edit


def test_published_and_withdrawn_by_buttons(cast: Cast) -> None:
    product = make.product(cast, is_draft=True)
    keeper = page(make.keeper(cast))
    keeper.post(at("product-deed", product.code, "publish"))
    product.refresh_from_db()
    assert product.state == "published"
    keeper.post(at("product-deed", product.code, "withdraw"), {"reason": "不"})
    product.refresh_from_db()
    assert product.state == "published"
    keeper.post(at("product-deed", product.code, "withdraw"), {"reason": "传感器校准"})
    product.refresh_from_db()
    assert product.state == "withdrawn"
    assert keeper.post(at("product-deed", product.code, "burn")).status_code == 404


def test_from_asking_to_reading_by_the_pages(cast: Cast, product: DataProduct) -> None:
    reader, keeper = page(make.reader(cast)), page(make.keeper(cast))
    before = reader.get(at("product-detail", product.code)).content.decode()
    assert "还不能读取" in before
    assert reader.get(at("row-list", product.code)).status_code == 403
    short = reader.post(
        at("product-detail", product.code), {"unit": cast.east_works.pk, "purpose": "看"}
    )
    assert short.status_code == 422
    reader.post(
        at("product-detail", product.code),
        {"unit": cast.east_works.pk, "purpose": "工地扬尘治理"},
    )
    grant = ProductGrant.objects.get()
    assert 'id="ask"' not in reader.get(at("product-detail", product.code)).content.decode()
    assert reader.get(at("grant-decide", product.code, grant.pk)).status_code == 403
    decide = at("grant-decide", product.code, grant.pk)
    assert "工地扬尘治理" in keeper.get(decide).content.decode()
    assert keeper.post(decide, {"refuse": "1", "reason": ""}).status_code == 422
    assert keeper.post(decide, {"until": "2001-01-01"}).status_code == 422
    keeper.post(decide, {"until": clock.today().isoformat()})
    rows = reader.get(at("row-list", product.code)).content.decode()
    assert "31.25" in rows
    assert "设备 AQ-1" in rows
    assert f'value="{clock.today().isoformat()}"' in rows
    detail = reader.get(at("product-detail", product.code)).content.decode()
    assert detail.count("data-chart=") == 1
    reader.post(at("grant-end", product.code, grant.pk), {"reason": "治理已经结束"})
    assert reader.get(at("row-list", product.code)).status_code == 403
    assert reader.get(at("grant-end", product.code, grant.pk)).status_code == 404


def test_a_neighbour_sees_nothing_of_what_others_asked(cast: Cast, product: DataProduct) -> None:
    services.ask_for(
        make.reader(cast), product_id=product.pk, unit=cast.east_works, purpose="工地扬尘治理"
    )
    west = page(make.reader(cast, cast.west_works, name="reader2"))
    assert "工地扬尘治理" not in west.get(at("product-detail", product.code)).content.decode()
    grant = ProductGrant.objects.get()
    assert west.get(at("grant-end", product.code, grant.pk)).status_code == 404


def test_the_span_is_checked_and_the_sheet_has_the_same_rows(
    cast: Cast, product: DataProduct
) -> None:
    keeper = page(make.keeper(cast))
    too_long = keeper.get(at("row-list", product.code), {"since": "2026-01-01"})
    assert too_long.status_code == 422
    assert "一次最多读取" in too_long.content.decode()
    assert keeper.get(at("row-list", product.code), {"since": "soon"}).status_code == 422
    for wrong in ({"since": "soon"}, {"until": "9999-12-31"}, {"since": "2026-01-01"}):
        shown = keeper.get(at("row-export", product.code), wrong, follow=True)
        assert (shown.status_code, shown.redirect_chain[0][1]) == (422, 302)
    answer = keeper.get(at("row-export", product.code))
    sheet = list(load_workbook(BytesIO(b"".join(answer.streaming_content))).active.values)
    assert [row[1:4] for row in sheet[1:]] == [
        ("AQ-1", "设备 AQ-1", 31.25), ("AQ-1", "设备 AQ-1", 30.5),
    ]  # fmt: skip
    assert AuditEntry.objects.get(action="data_product.exported").data["rows"] == 2
    assert ProductUse.objects.get().rows == 2


def test_a_program_reads_what_its_unit_may(cast: Cast, product: DataProduct) -> None:
    account = make.reader(cast)
    client_with_key(
        KEY, name="扬尘平台", tenant=cast.tenant, owner=cast.east_works, service_user=account,
        scopes=["products.read"], rate="1000/min",
    )  # fmt: skip
    web = Client(headers={"Authorization": f"Api-Key {KEY}"})
    listed = web.get("/api/v1/products/").json()["results"]
    assert [(one["code"], one["measure"]) for one in listed] == [("pm25-hours", "pm25")]
    day = (clock.today() - timedelta(days=1)).isoformat()
    address = f"/api/v1/products/{product.code}/rows/?since={day}&until={day}"
    assert web.get(address).status_code == 403
    grant = services.ask_for(
        account, product_id=product.pk, unit=cast.east_works, purpose="工地扬尘治理"
    )
    services.grant_product(make.keeper(cast), grant_id=grant.pk)
    first = web.get(f"{address}&count=1").json()
    assert [row["mean"] for row in first["rows"]] == [31.25]
    rest = web.get(f"{address}&count=1&start={first['next']}").json()
    assert ([row["mean"] for row in rest["rows"]], rest["next"]) == ([30.5], None)
    assert web.get(f"{address}&count=0").status_code == 400
    assert web.get(f"/api/v1/products/{product.code}/").json()["measure_unit"] == "μg/m³"
    assert web.get("/api/v1/products/nothing/").status_code == 404
    assert ProductUse.objects.get().times == 2


def test_a_program_without_the_scope_is_refused(cast: Cast, product: DataProduct) -> None:
    client_with_key(
        KEY, name="别的平台", tenant=cast.tenant, owner=cast.east_works,
        service_user=make.reader(cast), scopes=["cases.report"], rate="1000/min",
    )  # fmt: skip
    web = Client(headers={"Authorization": f"Api-Key {KEY}"})
    assert web.get("/api/v1/products/").status_code == 403


def test_an_older_city_gets_the_rights_once() -> None:
    seed_roles()
    Role.objects.filter(code="product_keeper").delete()
    staff = Role.objects.get(code="department_staff")
    staff.permissions.remove(*staff.permissions.filter(codename="view_products"))
    step = type("Step", (), {"app_label": "products", "name": "0001_initial"})
    ensure_roles(plan=[(step, False)])
    rights = Role.objects.get(code="product_keeper").permissions.values_list("codename", flat=True)
    assert set(rights) == {"keep_products", "view_products"}
    assert staff.permissions.filter(codename="view_products").exists()
