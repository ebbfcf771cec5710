"""Guides: published from a version, found, read, taken back (MT-14)."""

import copy

import pytest
from django.test import Client

from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.guides import services
from apps.guides.models import Guide
from apps.guides.selectors.guides import list_publishable
from apps.matters.models import MatterType
from apps.matters.services import publish_version, save_draft
from tests.cast import Cast

pytestmark = pytest.mark.django_db
CODE = "service.household_birth"


def new_version(**changes: object) -> None:
    matter = MatterType.objects.select_related("current_version").get(code=CODE)
    assert matter.current_version is not None
    body = copy.deepcopy(matter.current_version.body)
    body["basic"] |= changes
    publish_version(SYSTEM, version_id=save_draft(SYSTEM, matter_type_id=matter.pk, body=body).pk)


def publish(cast: Cast) -> Guide:
    return services.publish_guide(cast.issuer, tenant=cast.tenant, matter_code=CODE, windows=[])


def test_the_page_says_what_the_version_says(served: Cast, client: Client) -> None:
    page = client.get(f"/guides/{CODE}/").content.decode()
    for words in ("父母一方为本市户籍", "户口簿", "居民户口簿新增页", "2个工作日", "户口登记条例"):
        assert words in page
    assert "一次办好这几件事" in client.get("/guides/onething.birth/").content.decode()


def test_guides_are_found_by_words_audience_and_domain(served: Cast, client: Client) -> None:
    assert "高龄津贴申领" in client.get("/guides/?q=津贴").content.decode()
    assert "没有找到" in client.get("/guides/?q=不存在的事").content.decode()
    assert "高龄津贴申领" not in client.get("/guides/?audience=enterprise").content.decode()
    assert "高龄津贴申领" not in client.get("/guides/?domain=family").content.decode()


def test_a_new_version_leaves_the_guide_behind_until_published(served: Cast) -> None:
    new_version(fee="工本费10元")
    row = next(r for r in list_publishable(served.tenant) if r.matter.code == CODE)
    assert row.state == "behind"
    guide = publish(served)
    assert guide.version.number == 2
    old = Guide.objects.get(matter_type__code=CODE, version__number=1)
    assert (old.state, old.successor) == ("retired", guide)


def test_a_matter_of_another_kind_has_no_guide(served: Cast) -> None:
    """MT-02: publishing guides is a service of the public's matters only."""
    assert all(row.matter.kind == "service" for row in list_publishable(served.tenant))
    with pytest.raises(Refused, match="没有办事指南"):
        services.publish_guide(
            served.issuer, tenant=served.tenant, matter_code="hotline.demand", windows=[]
        )


def test_an_old_address_leads_on(served: Cast, client: Client) -> None:
    new_version(fee="工本费10元")
    publish(served)
    page = client.get(f"/guides/{CODE}/?version=1").content.decode()
    assert "停用" in page
    assert "请看“新生儿户口登记”" in page
    assert "工本费10元" in client.get(f"/guides/{CODE}/").content.decode()


def test_publishing_again_only_changes_the_windows(served: Cast) -> None:
    before = Guide.objects.count()
    was = Guide.objects.get(tenant=served.tenant, matter_type__code=CODE).windows
    guide = services.publish_guide(
        served.issuer,
        tenant=served.tenant,
        matter_code=CODE,
        windows=services.parse_windows("东区大厅 | 解放路1号 | 9:00-17:00"),
    )
    assert Guide.objects.count() == before
    assert guide.windows[0]["address"] == "解放路1号"
    entry = AuditEntry.objects.get(action="guide.changed")
    assert [line.partition(" | ")[0] for line in entry.data["before"]["windows"]] == [
        row["name"] for row in was
    ]
    assert entry.data["after"] == {"windows": ["东区大厅 | 解放路1号 | 9:00-17:00 | "]}


@pytest.mark.parametrize("text", ["| 地址", "a|b|c|d|e", "\n".join("x" * 51)])
def test_faulty_windows_are_told(text: str) -> None:
    with pytest.raises(InvalidInput):
        services.parse_windows(text)


def test_retiring_tells_why_and_what_instead(served: Cast, client: Client) -> None:
    guide = Guide.objects.get(matter_type__code=CODE)
    with pytest.raises(InvalidInput):
        services.retire_guide(served.issuer, guide_id=guide.pk, reason=" ")
    with pytest.raises(InvalidInput):
        services.retire_guide(
            served.issuer, guide_id=guide.pk, reason="并入", successor_code="service.none"
        )
    services.retire_guide(
        served.issuer, guide_id=guide.pk, reason="并入一件事", successor_code="onething.birth"
    )
    with pytest.raises(Refused):
        services.retire_guide(served.issuer, guide_id=guide.pk, reason="再次")
    page = client.get(f"/guides/{CODE}/").content.decode()
    assert "并入一件事" in page
    assert "/guides/onething.birth/" in page
    assert client.get(f"/guides/{CODE}/apply/").status_code == 302


def test_only_the_publisher_publishes(served: Cast, client: Client) -> None:
    with pytest.raises(NotAllowed):
        services.publish_guide(served.handler, tenant=served.tenant, matter_code=CODE, windows=[])
    client.force_login(served.handler)
    assert client.get("/guides/office/").status_code == 403


def test_rest_gives_list_and_detail(served: Cast, client: Client) -> None:
    rows = client.get("/api/v1/guides/?q=出生").json()["results"]
    assert {row["code"] for row in rows} == {"onething.birth", "service.birth_certificate"}
    found = client.get(f"/api/v1/guides/{CODE}/").json()
    assert found["content"]["materials_in"][0]["code"] == "household_book"
    assert (found["version"], found["successor"]) == (1, None)
    assert client.get("/api/v1/guides/none/").status_code == 404


def test_office_publishes_through_its_page(served: Cast, client: Client) -> None:
    new_version(fee="工本费10元")
    client.force_login(served.issuer)
    assert "仍是第1版" in client.get("/guides/office/").content.decode()
    url = f"/guides/office/publish/{CODE}/"
    assert "工本费10元" in client.get(url).content.decode()
    assert client.post(url, {"windows": "|"}).status_code == 302
    assert client.post(url, {"windows": "| 无名"}).status_code == 422
    assert "工本费10元" in client.get(f"/guides/{CODE}/").content.decode()
