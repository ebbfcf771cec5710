"""AC-07: one register of what is protected; what it says is what happens, the rest is denied."""

from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.test import Client, RequestFactory
from django.urls import get_resolver
from openpyxl import load_workbook

from apps.accounts.models import Role, User
from apps.accounts.protected.registry import (
    DefaultPolicy,
    ProtectedEntry,
    ResourceKind,
    ResourceSource,
    register_source,
    sources_of,
    temporarily,
)
from apps.accounts.protected.selectors import count_resources, list_resources, named_rights
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import NotAllowed, NotFound
from apps.gateway.registry import all_resources, resource_of
from apps.geodata.enums import Visibility
from apps.geodata.models import Dataset
from apps.geodata.permissions import can_see
from apps.onemap.models import LayerCard
from apps.onemap.registry import all_layers
from apps.onemap.selectors import open_layer
from apps.portal.menu import build_menu
from apps.portal.menu_items import MENU, MenuItem
from apps.signon.enums import ApplicationState
from apps.signon.models import Application
from apps.signon.permissions import can_use
from apps.signon.selectors import find_live
from apps.video.models import Camera
from apps.video.permissions import can_play
from apps.video.selectors import list_cameras
from tests.accounts.factories import TenantFactory
from tests.cast import Cast, _organization
from tests.gateway.factories import client_with_key
from tests.people import appointed
from tests.signon.factories import register
from tests.video import factories as video

pytestmark = pytest.mark.django_db
KEY = f"register01.{'s' * 32}"


@pytest.fixture
def security(cast: Cast) -> User:
    return appointed("security", cast.center, role="security_admin")


def entry(viewer: User, kind: ResourceKind, code: str) -> ProtectedEntry:
    [found] = [one for one in list_resources(viewer, kind=kind) if one.code == code]
    return found


def names(code: str, letters: str) -> ResourceSource:
    """A source of layers that are letters."""
    return ResourceSource(code, ResourceKind.LAYER, lambda _v, _t: list(letters), lambda n: n)


def menu_of(user: User) -> list[str]:
    request = RequestFactory().get("/")
    return [item.url for group in build_menu(request, user) for item in group.items]


def dataset(cast: Cast, code: str = "wells", **given: Any) -> Dataset:
    plain = {"tenant": cast.tenant, "unit": cast.east_works, "name": "水井", "geometry": "point"}
    return Dataset.objects.create(code=code, created_at=clock.now(), **plain | given)


# --- The register ------------------------------------------------------------------------


def test_every_kind_is_told_of_by_somebody() -> None:
    assert [kind for kind in ResourceKind.values if not sources_of(kind)] == []


def test_security_and_audit_read_it_others_do_not(cast: Cast, security: User) -> None:
    assert count_resources(security)["interface"] == len(all_resources())
    assert count_resources(appointed("auditor", cast.center, role="audit_admin"))["menu"] > 100
    with pytest.raises(NotAllowed):
        list_resources(cast.handler, kind="menu")
    with pytest.raises(NotAllowed):
        count_resources(cast.handler)


def test_pages_run_over_the_sources_of_a_kind_in_order(security: User) -> None:
    first, second = names("a.first", "abc"), names("z.last", "yz")
    with temporarily(second), temporarily(first):
        listing: Any = list_resources(security, kind="layer")
        size = len(listing)
        assert listing[0:3] == ["a", "b", "c"]
        assert listing[size - 1 : size + 20] == ["z"]
        assert listing[2:5] == ["c", *listing[3:5]]
        assert list(listing) == listing[0:size]
        with pytest.raises(ValueError, match="already registered"):
            register_source(
                ResourceSource("a.first", ResourceKind.MENU, lambda v, t: [], lambda r: r)
            )


def test_another_body_is_not_shown(cast: Cast, security: User) -> None:
    there = TenantFactory()
    unit = _organization(there, None, "elsewhere", "邻市数据局", "center", cast.city)
    dataset(cast)
    dataset(cast, "theirs", tenant=there, unit=unit)
    register(unit, name="邻市公文")
    assert [one.code for one in list_resources(security, kind="dataset")] == ["data-wells"]
    assert len(list_resources(security, kind="application")) == 0
    stranger = appointed("far", unit, role="security_admin")
    assert [one.code for one in list_resources(stranger, kind="dataset")] == ["data-theirs"]


def test_cameras_are_cut_by_the_database(
    cast: Cast, security: User, django_assert_max_num_queries: Any
) -> None:
    for serial in range(1, 31):
        video.camera(serial)
    client = Client()
    client.force_login(security)
    page = client.get("/resources/?kind=camera")
    assert len(page.context["rows"]) == 25
    assert page.context["next_url"] == "?kind=camera&page=2"
    listing = list_resources(security, kind="camera", text="东区超市")
    with django_assert_max_num_queries(4):
        assert [len(listing[0:20]), len(listing[20:40]), len(listing)] == [20, 10, 30]


# --- The pages and the interface ---------------------------------------------------------


def test_the_page_tells_owner_policy_and_roles(cast: Cast, security: User) -> None:
    client = Client()
    client.force_login(security)
    for kind in ResourceKind.values:
        assert client.get("/resources/", {"kind": kind}).status_code == 200
    page = client.get("/resources/", {"kind": "menu", "q": "审计"}).content.decode()
    assert "平台 · 审计" in page
    assert "凭权限" in page
    assert client.get("/resources/", {"kind": "odd", "q": "\0没有这样的"}).status_code == 200
    assert "没有符合条件的资源" in client.get("/resources/?q=没有这样的").content.decode()
    client.force_login(cast.handler)
    assert client.get("/resources/").status_code == 403
    assert client.get("/resources/export/").status_code == 403


def test_the_export_holds_the_list_and_is_logged(cast: Cast, security: User) -> None:
    video.camera()
    client = Client()
    client.force_login(security)
    answer = client.get("/resources/export/?kind=camera")
    rows = list(load_workbook(BytesIO(answer.getvalue())).active.values)
    assert [row[1] for row in rows[1:]] == [video.code_of(1)]
    told = AuditEntry.objects.get(action="resources.exported")
    assert (told.actor_id, told.data) == (security.pk, {"kind": "camera", "q": ""})


def test_programs_need_the_scope_and_an_account_that_reads(
    cast: Cast, security: User, live: str
) -> None:
    program = client_with_key(
        KEY, name="巡检", tenant=cast.tenant, owner=cast.center, service_user=security,
        scopes=["cases.read"], rate="100000/min",
    )  # fmt: skip
    caller = Client(headers={"Authorization": f"Api-Key {KEY}"})
    assert caller.get("/api/v1/resources/?kind=menu").status_code == 403
    program.scopes = ["resources.read"]
    program.save()
    [found] = caller.get("/api/v1/resources/?kind=interface&q=resources").json()
    assert (found["code"], found["policy"]) == ("resources", "grant")
    assert caller.get("/api/v1/resources/?kind=odd").status_code == 400
    assert caller.get("/api/v1/resources/").json()["errors"][0]["field"] == "kind"
    program.service_user = cast.handler
    program.save()
    assert caller.get("/api/v1/resources/?kind=odd").status_code == 403
    assert caller.get("/api/v1/resources/?kind=menu").status_code == 403


def test_roles_that_carry_a_right_are_named(cast: Cast, security: User) -> None:
    told = named_rights([entry(security, ResourceKind.MENU, "audit:entry-list")])
    holders = Role.objects.filter(permissions__codename="read_audit")
    assert set(told["audit.read_audit"].roles) == {role.name for role in holders}


# --- What is said is what happens; what nobody registered is denied ------------------------


def test_a_menu_line_opens_by_its_right_alone(cast: Cast, security: User) -> None:
    told = entry(security, ResourceKind.MENU, "audit:entry-list")
    assert (told.policy, told.rights) == (DefaultPolicy.RIGHT, ("audit.read_audit",))
    auditor = appointed("auditor", cast.center, role="audit_admin")
    client = Client()
    for user, answer in ((auditor, 200), (cast.handler, 403)):
        client.force_login(user)
        assert client.get(told.url).status_code == answer
        assert (told.url in menu_of(user)) == (answer == 200)
    assert entry(security, ResourceKind.MENU, "onemap:map").policy == DefaultPolicy.STAFF


def test_a_menu_line_without_a_right_does_not_start() -> None:
    with pytest.raises(ValueError, match="names rights or is open to all"):
        MenuItem("试", "home", "portal:home")
    with pytest.raises(ValueError, match="names rights or is open to all"):
        MenuItem("试", "home", "portal:home", ("audit.read_audit",), is_open=True)


def test_layers_open_as_told_and_unregistered_ones_never(cast: Cast, security: User) -> None:
    root = User.objects.create_user("root", full_name="超级", is_superuser=True)
    with pytest.raises(NotFound):
        open_layer(root, "nobody-registered-this")
    told = {one.code: one for one in list_resources(security, kind="layer")}
    by_right = [code for code, one in told.items() if one.policy == DefaultPolicy.RIGHT]
    assert len(by_right) > 3
    for code in by_right:
        assert opens(root, code)
        assert not opens(cast.outsider, code), code
    closed_to_all = [c for c, one in told.items() if one.policy != DefaultPolicy.PUBLIC]
    assert [code for code in closed_to_all if opens(AnonymousUser(), code)] == []
    public = [code for code, one in told.items() if one.policy == DefaultPolicy.PUBLIC]
    assert [code for code in public if not opens(AnonymousUser(), code)] == []
    staff = [code for code, one in told.items() if one.policy == DefaultPolicy.STAFF]
    assert [code for code in staff if not opens(cast.handler, code)] == []


def test_a_layer_out_of_use_is_told_denied_and_is(cast: Cast, security: User) -> None:
    code = next(layer.code for layer in all_layers() if layer.is_public)
    assert entry(security, ResourceKind.LAYER, code).policy == DefaultPolicy.PUBLIC
    LayerCard.objects.create(code=code, is_hidden=True)
    assert entry(security, ResourceKind.LAYER, code).policy == DefaultPolicy.DENIED
    assert not opens(security, code)


def opens(viewer: Any, code: str) -> bool:
    try:
        open_layer(viewer, code)
    except NotFound:
        return False
    return True


def test_data_sets_have_an_owner_and_open_as_told(cast: Cast, security: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        dataset(cast, "nobodys", unit=None)
    ours = dataset(cast)
    told = entry(security, ResourceKind.DATASET, "data-wells")
    assert (told.policy, told.owner) == (DefaultPolicy.SCOPE, "东区城市管理局")
    assert can_see(cast.handler, ours)
    assert not can_see(cast.handler_west, ours)
    Dataset.objects.update(visibility=Visibility.TENANT)
    assert entry(security, ResourceKind.DATASET, "data-wells").opened_by == "归属机构人员"
    ours.refresh_from_db()
    assert can_see(cast.handler_west, ours)
    Dataset.objects.update(retired_at=clock.now())
    assert entry(security, ResourceKind.DATASET, "data-wells").policy == DefaultPolicy.DENIED
    assert not opens(cast.handler, "data-wells")


def test_cameras_open_by_right_and_reach_nobodys_to_nobody(cast: Cast, security: User) -> None:
    camera = video.camera()
    told = entry(security, ResourceKind.CAMERA, camera.gb_code)
    assert (told.policy, told.owner[-6:]) == (DefaultPolicy.RIGHT, "（所在区域）")
    operator = video.person("operator_east", "video_operator", cast.east_works)
    assert can_play(operator, camera)
    assert camera in list_cameras(operator)
    assert camera not in list_cameras(cast.handler)
    camera.asset.area = camera.asset.owner_unit = None
    camera.asset.save()
    bare = Camera.objects.get(pk=camera.pk)
    assert not can_play(operator, bare)
    assert bare not in list_cameras(operator)
    root = User.objects.create_user("root", full_name="超级", is_superuser=True)
    told = entry(root, ResourceKind.CAMERA, camera.gb_code)
    assert (told.policy, told.owner, told.rights) == (DefaultPolicy.DENIED, "无归属", ())


def test_applications_not_live_let_nobody_in(cast: Cast, security: User) -> None:
    app = register(cast.center, name="公文系统").row
    assert entry(security, ResourceKind.APPLICATION, app.client_id).policy == DefaultPolicy.SCOPE
    assert can_use(cast.handler, app)
    assert find_live(app.client_id) == app
    Application.objects.update(state=ApplicationState.SUSPENDED)
    app.refresh_from_db()
    assert entry(security, ResourceKind.APPLICATION, app.client_id).policy == DefaultPolicy.DENIED
    assert not can_use(cast.handler, app)
    assert find_live(app.client_id) is None
    assert find_live("nobody-registered-this") is None


def test_an_application_for_a_role_is_told_so_and_closed_to_others(
    cast: Cast, security: User
) -> None:
    app = register(cast.center, name="公文系统").row
    app.roles.add(Role.objects.get(code="dispatcher"))
    told = entry(security, ResourceKind.APPLICATION, app.client_id)
    assert told.policy == DefaultPolicy.GRANT
    assert str(Role.objects.get(code="dispatcher")) in str(told.opened_by)
    assert can_use(cast.dispatcher, app)
    assert not can_use(cast.handler, app)


#: Spaces of pages outside the menu and why they need no line of it: what people pass before they
#: have rights, the public's own pages, one's own things, what machines ask.
BESIDE_THE_MENU = {
    "callbacks-public", "opinions-public", "seals-public", "warnings",  # the public's pages
    "cas", "idp",  # signing on at applications, before anything is known of the person
    "messaging-in",  # platforms tell us of messages, each with its signature
    "notices",  # one's own
}  # fmt: skip


def test_every_space_of_pages_is_in_the_menu_in_the_register_or_named_here() -> None:
    """A new app's pages fail this until somebody says by which right they open."""
    of_menu = {item.url_name.partition(":")[0] for group in MENU for item in group.items}
    beside = {
        space
        for space, prefix in spaces(get_resolver().url_patterns, "/")
        if space not in of_menu and resource_of(prefix) is None
    }
    assert beside == BESIDE_THE_MENU


def spaces(patterns: Any, prefix: str) -> Any:
    """The namespaces of the resolver with the address each begins with."""
    for each in patterns:
        address = prefix + str(each.pattern).lstrip("^").partition("<")[0]
        if hasattr(each, "url_patterns"):
            if each.namespace:
                yield each.namespace, address
            else:
                yield from spaces(each.url_patterns, address)


@pytest.mark.parametrize(
    ("code", "policy", "address", "status"),
    [
        ("warnings", DefaultPolicy.PUBLIC, "/api/v1/warnings/", 200),
        ("gateway", DefaultPolicy.STAFF, "/api/v1/services/", 401),
        ("products", DefaultPolicy.GRANT, "/api/v1/products/", 401),
    ],
)
def test_interfaces_answer_strangers_as_told(
    cast: Cast, security: User, code: str, policy: DefaultPolicy, address: str, status: int
) -> None:
    assert entry(security, ResourceKind.INTERFACE, code).policy == policy
    assert Client().get(address).status_code == status


def test_an_interface_that_is_public_in_part_says_so(cast: Cast, security: User) -> None:
    told = entry(security, ResourceKind.INTERFACE, "seals")
    assert told.policy == DefaultPolicy.GRANT
    assert "部分地址向社会公开" in str(told.opened_by)
