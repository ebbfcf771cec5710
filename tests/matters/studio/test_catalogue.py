"""Domains, offers and applications; and the inventory from draft to confirmed."""

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.accounts.models import Tenant
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.gateway.models import ApiClient
from apps.matters import services
from apps.matters.enums import InventoryState
from apps.matters.errors import WrongStanding
from apps.matters.models import InventoryItem, MatterApplication, MatterDomain, MatterType
from apps.matters.selectors import inventory, may_use
from tests.cast import Cast
from tests.matters.studio import factories as make
from tests.matters.studio.test_pages import enter

WHOLE = {
    "kind": "service",
    "audience": "市民",
    "legal_basis": "某条例第三条",
    "promise": "5个工作日",
    "fee": "不收费",
}


def hotline() -> MatterType:
    return MatterType.objects.get(code="hotline.demand")


def domain() -> MatterDomain:
    return MatterDomain.objects.get(code="livelihood")


def item(cast: Cast, actor: Any = None, **changes: Any) -> InventoryItem:
    given = {"name": "办理占道证", "organization": cast.east_works, "domain": domain()} | changes
    values = given.pop("values", WHOLE)
    return services.save_item(actor or cast.handler, values=values, **given)


def foreign(cast: Cast) -> tuple[Tenant, ApiClient]:
    tenant = Tenant.objects.create(code="other", name="别市")
    client = ApiClient.objects.create(
        name="别市应用",
        tenant=tenant,
        service_user=cast.outsider,
        created_at=clock.now(),
    )
    return tenant, client


# --- Catalogue ---------------------------------------------------------------------------


def test_a_closed_domain_takes_no_new_matters(cast: Cast) -> None:
    services.save_domain(cast.author, code="livelihood", name="民生", is_active=False)
    with pytest.raises(InvalidInput):
        make.matter_type(cast.author)
    with pytest.raises(NotAllowed):
        services.save_domain(cast.handler, code="x", name="某")
    with pytest.raises(InvalidInput):
        services.save_domain(cast.author, code="x", name=" ")


def test_a_tenant_offers_what_is_in_force(cast: Cast) -> None:
    offer = services.set_offer(cast.author, matter_type_id=hotline().pk, tenant_id=cast.tenant.pk)
    again = services.set_offer(
        cast.author, matter_type_id=hotline().pk, tenant_id=cast.tenant.pk, is_active=False
    )
    assert (again.pk, again.is_active) == (offer.pk, False)
    with pytest.raises(InvalidInput):
        services.set_offer(
            cast.author,
            matter_type_id=make.matter_type(cast.author).pk,
            tenant_id=cast.tenant.pk,
        )
    other, _client = foreign(cast)
    for actor, tenant in ((cast.author, other), (cast.handler, cast.tenant)):
        with pytest.raises(NotAllowed):
            services.set_offer(actor, matter_type_id=hotline().pk, tenant_id=tenant.pk)


def test_a_linked_matter_is_for_its_applications_only(cast: Cast) -> None:
    _tenant, client = foreign(cast)
    assert may_use(client, hotline())
    with pytest.raises(NotAllowed):
        services.link_application(
            cast.author, matter_type_id=hotline().pk, name="别市", client_id=client.pk
        )
    own = ApiClient.objects.create(
        name="本市应用",
        tenant=cast.tenant,
        service_user=cast.handler,
        created_at=clock.now(),
    )
    services.link_application(
        cast.author, matter_type_id=hotline().pk, name="爱城市", client_id=own.pk
    )
    assert may_use(own, hotline())
    assert not may_use(client, hotline())
    services.link_application(
        cast.author, matter_type_id=hotline().pk, name="爱城市", client_id=None
    )
    told = [
        e.data for e in AuditEntry.objects.filter(action="matter_application.set").order_by("id")
    ]
    assert told[0]["before"] == {}
    assert (told[1]["before"], told[1]["after"]) == ({"client": own.pk}, {"client": None})


def test_the_catalogue_pages_write_through_the_services(cast: Cast) -> None:
    client = enter(cast.author)
    client.post(reverse("studio:domain-create"), {"code": "traffic", "name": "交通"})
    again = client.post(reverse("studio:domain-create"), {"code": "traffic", "name": "又一个"})
    assert "已存在" in again.content.decode()
    client.post(
        reverse("studio:domain-edit", args=["traffic"]), {"name": "交通出行", "is_active": "on"}
    )
    assert MatterDomain.objects.get(code="traffic").name == "交通出行"
    client.post(
        reverse("studio:offer-set", args=["hotline.demand"]),
        {"tenant": cast.tenant.pk, "is_active": "1"},
    )
    assert "提供中" in client.get(reverse("studio:offer-list")).content.decode()
    client.post(
        reverse("studio:application-set", args=["hotline.demand"]), {"name": "爱城市", "client": ""}
    )
    page = client.get(reverse("studio:matter-detail", args=["hotline.demand"])).content.decode()
    assert "爱城市" in page
    for data in ({"tenant": "x"}, {"tenant": "99999"}, {}):
        client.post(reverse("studio:offer-set", args=["hotline.demand"]), data)
    for name in ("domain-list", "offer-list", "domain-create"):
        assert enter(cast.handler).get(reverse(f"studio:{name}")).status_code == 403
    assert MatterApplication.objects.count() == 1


# --- Inventory ---------------------------------------------------------------------------


def test_an_item_is_written_checked_and_confirmed(cast: Cast) -> None:
    written = item(cast)
    with pytest.raises(WrongStanding):
        services.confirm_item(cast.head, item_id=written.pk)
    checked = services.check_item(cast.author, item_id=written.pk, matter_type=hotline())
    assert (checked.state, checked.matter_type) == (InventoryState.CHECKED, hotline())
    for actor in (cast.handler, cast.author, cast.handler_west):
        with pytest.raises(NotAllowed):
            services.confirm_item(actor, item_id=written.pk)
    assert services.confirm_item(cast.head, item_id=written.pk).state == "confirmed"
    changed = item(cast, item_id=written.pk, name="办理占道许可")
    assert (changed.state, changed.confirmed_by) == (InventoryState.DRAFT, None)


def test_an_incomplete_item_is_not_checked_but_sent_back(cast: Cast) -> None:
    written = item(cast, values={"kind": "service"}, domain=None)
    with pytest.raises(InvalidInput) as refusal:
        services.check_item(cast.author, item_id=written.pk)
    missing = ["业务领域", "法律依据", "服务对象", "承诺时限", "收费"]
    assert refusal.value.data["missing"] == missing
    with pytest.raises(InvalidInput):
        services.return_item(cast.author, item_id=written.pk, note="")
    with pytest.raises(NotAllowed):
        services.return_item(cast.handler, item_id=written.pk, note="x")
    assert services.return_item(cast.author, item_id=written.pk, note="补依据").returned_note


@pytest.mark.parametrize(
    "changes",
    [
        {"name": " "},
        {"values": {"kind": "magic"}},
        {"values": {"promise": "很快"}},
        {"values": {"fee": "长" * 300}},
    ],
)
def test_an_unsound_item_is_refused(cast: Cast, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        item(cast, **changes)


def test_nobody_writes_for_another_unit_nor_twice_the_same(cast: Cast) -> None:
    item(cast)
    for actor in (cast.handler_west, cast.outsider, cast.acceptor):
        with pytest.raises(NotAllowed):
            item(cast, actor)
    with pytest.raises(InvalidInput):
        item(cast)
    west = item(cast, cast.author, organization=cast.west_works)
    with pytest.raises(NotAllowed):
        item(cast, organization=cast.east_works, item_id=west.pk, name="抢来的")
    assert set(inventory.list_items(cast.handler)) == set(
        InventoryItem.objects.filter(organization=cast.east_works)
    )


def sheet(*rows: str) -> BytesIO:
    head = "单位编码,事项名称,类型,业务领域,服务对象,法律依据,承诺时限,收费"
    return BytesIO("\n".join([head, *rows]).encode())


def test_items_come_from_a_spreadsheet_once(cast: Cast) -> None:
    row = "east-cgj,占道许可,政务服务,民生服务,市民,某条例,5个工作日,不收费"
    for _turn in range(2):
        report = services.import_items(cast.author, file=sheet(row))
        assert (report.saved, report.errors) == (1, [])
    [found] = InventoryItem.objects.all()
    assert inventory.missing_parts(found) == []


def test_rows_in_error_are_named_and_nothing_is_kept(cast: Cast) -> None:
    good = "east-cgj,占道许可,政务服务,民生服务,市民,某条例,5个工作日,不收费"
    bad = [
        "nowhere,甲,,,,,,",
        "east-cgj,乙,魔法,,,,,",
        "east-cgj,丙,,不存在,,,,",
        "east-cgj,丁,,,,,很快,",
        "east-cgj,,,,,,,",
    ]
    report = services.import_items(cast.author, file=sheet(good, *bad))
    assert report.saved == 0
    assert [e.number for e in report.errors] == [3, 4, 5, 6, 7]
    assert not InventoryItem.objects.exists()
    assert services.import_items(cast.author, file=sheet(good, *bad), partial=True).saved == 1
    other = services.import_items(cast.handler_west, file=sheet(good), partial=True)
    assert other.saved == 0


def test_the_report_says_who_confirmed_and_what_is_missing(cast: Cast) -> None:
    done = item(cast)
    services.check_item(cast.author, item_id=done.pk)
    services.confirm_item(cast.head, item_id=done.pk)
    item(cast, cast.author, organization=cast.west_works, values={}, domain=None)
    east, west = inventory.completeness([cast.east_works, cast.west_works])
    assert (east.is_confirmed, east.missing) == (True, {})
    assert not west.is_confirmed
    assert west.missing == {"类型": 1, "业务领域": 1, "法律依据": 1}


def test_the_inventory_pages(cast: Cast, django_assert_max_num_queries: Any) -> None:
    handler, author, head = enter(cast.handler), enter(cast.author), enter(cast.head)
    new = {"organization": cast.east_works.pk, "name": "办证", "domain": domain().pk} | WHOLE
    handler.post(reverse("studio:item-create"), new)
    written = InventoryItem.objects.get()
    stolen = new | {"organization": cast.west_works.pk, "name": "别家的"}
    assert handler.post(reverse("studio:item-create"), stolen).status_code == 200
    page = reverse("studio:item-edit", args=[written.pk])
    assert "核对通过" not in handler.get(page).content.decode()
    assert "核对通过" in author.get(page).content.decode()
    author.post(reverse("studio:item-deed", args=[written.pk, "check"]), {"matter_type": ""})
    head.post(reverse("studio:item-deed", args=[written.pk, "confirm"]))
    written.refresh_from_db()
    assert written.state == "confirmed"
    with django_assert_max_num_queries(25):
        assert "办证" in author.get(reverse("studio:item-list")).content.decode()
    assert "已全部确认" in author.get(reverse("studio:item-report")).content.decode()
    assert author.get(reverse("studio:item-export")).status_code == 200
    assert enter(cast.handler_west).get(page).status_code == 404
    assert enter(cast.outsider).get(reverse("studio:item-list")).status_code == 403
    file = SimpleUploadedFile("x.csv", sheet("nowhere,甲,,,,,,").getvalue())
    answer = author.post(reverse("studio:item-import"), {"file": file})
    assert answer["Content-Type"].endswith("sheet")
