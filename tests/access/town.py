"""The town of the matrix: one thing of every kind in the east, some in the west, and who asks."""

from dataclasses import dataclass
from typing import Any

from django.db import models

from apps.accounts.models import Organization, Post, User
from apps.accounts.services.roles import ROLE_SEED
from apps.clocks.models import Calendar
from apps.gateway.models import ApiClient, Connector, Reconciliation, Service
from apps.gateway.services import keep_catalogue
from apps.guides.models import Application, Guide
from apps.hotline.models import Article
from apps.inspection.models import DrawPlan, DrawResult, Inspector, SupervisedObject
from apps.matters.models import Case, CaseAttachment, Listener
from apps.rules.models import Decision, RuleTableVersion
from apps.signon import models as signon
from tests.cast import Cast, _person
from tests.gateway.factories import client_with_key
from tests.guides import factories as guides
from tests.hotline.factories import article, demand, editors
from tests.inspection import factories as inspection
from tests.matters import ears
from tests.matters import factories as make
from tests.signon.factories import register

#: Who asks, as the letter of a column says: the east's people, the neighbour's, the three
#: administrators, offices of the centre, somebody without a post, nobody at all.
PERSONAS = (
    "acceptor", "dispatcher", "handler", "head", "callback", "supervisor", "grid_worker",
    "author", "publisher", "handler_west", "dispatcher_west", "system_admin", "security_admin",
    "audit_admin", "personnel_clerk", "personnel_approver", "resident_clerk", "outsider", "nobody",
)  # fmt: skip
#: With the rights these roles have in every city.
ADMINISTRATORS = {
    code: list(permissions)
    for code, _name, permissions in ROLE_SEED
    if code in PERSONAS and ("admin" in code or "clerk" in code or "approver" in code)
}
ABSENT = 999_999_999


@dataclass(frozen=True)
class Side:
    """What stands in one district. case: being handled by the district's works."""

    case: Case
    unit: Organization
    person: User
    supervised: SupervisedObject | None = None


@dataclass(frozen=True)
class AccessTown:
    """Both sides and the people who ask, by persona; nobody has no user."""

    cast: Cast
    east: Side
    west: Side
    people: dict[str, User]


def build(cast: Cast) -> AccessTown:
    """Will furnish the town through the services; the administrators' roles must be known."""
    for name in ADMINISTRATORS:
        cast.people[name] = _person(name, name, name, cast.center)
    writer, approver = editors(cast)
    article(cast, writer, approver)
    ears.active(cast)
    client_with_key(name="随手拍", tenant=cast.tenant, service_user=cast.acceptor)
    keep_catalogue()
    inspection.lay_on(cast)
    inspection.many(cast, 6)
    inspection.drawn(cast)
    guides.lay_on(cast)
    guides.birth(cast)
    register(cast.east_works)
    east = make.act(cast.handler, _dispatched(cast, cast.east_works), "sign", {})
    lon, lat = cast.inside_west()
    west = _dispatched(cast, cast.west_works, lon=lon, lat=lat)
    west = make.act(cast.people["handler_west"], west, "sign", {})
    people = {name: cast.people[name] for name in PERSONAS if name != "nobody"}
    User.objects.filter(pk__in=[each.pk for each in people.values()]).update(tenant=cast.tenant)
    return AccessTown(
        cast,
        Side(east, cast.east_works, cast.handler, SupervisedObject.objects.order_by("pk").first()),
        Side(west, cast.west_works, cast.people["handler_west"]),
        people,
    )


def _dispatched(cast: Cast, unit: Organization, **changes: Any) -> Case:
    case = make.act(cast.acceptor, demand(cast, **changes), "accept", make.ACCEPT)
    data = make.dispatch_data(cast, unit=unit.pk, override_reason="按片区")
    return make.act(cast.dispatcher, case, "dispatch", data)


def values(town: AccessTown, side: Side) -> dict[str, Any]:
    """Will give what stands for a parameter, by "namespace:name of the page:parameter",

    "namespace:parameter" or "parameter"; the most particular wins.
    """
    version = RuleTableVersion.objects.select_related("table").order_by("pk").first()
    assert version is not None
    row = version.body["rows"][0]["key"]
    return {
        "case_id": side.case.pk,
        "number": side.case.number,
        "action": "remark",
        "attachment_id": _first(CaseAttachment),
        "accounts:pk": side.person.pk,
        "accounts:organization-detail:pk": side.unit.pk,
        "accounts:organization-edit:pk": side.unit.pk,
        "accounts:organization-move:pk": side.unit.pk,
        "accounts:organization-close:pk": side.unit.pk,
        "accounts:post-create:pk": side.unit.pk,
        "accounts:post-roles:pk": _first(Post.objects.filter(organization=side.unit)),
        "accounts:role-permissions:pk": _first(Post.roles.through.objects.all(), "role_id"),
        "accounts:appointment-end:pk": _first(side.person.appointments.all()),
        "accounts:person-deed:deed": "deactivate",
        "places:pk": side.case.area_id,
        "areas-geometry:pk": side.case.area_id,
        "clocks:pk": _first(Calendar),
        "rules:code": version.table.code,
        "rules:number": version.number,
        "rules:other": version.number,
        "rules:key": row,
        "rules:deed": "copy",
        "rules:decision-detail:pk": _first(Decision),
        "decision-api:pk": _first(Decision),
        "decision-why-not-api:pk": _first(Decision),
        "decision-why-not-api:row": row,
        "connectors:pk": _first(Connector),
        "connectors:row": _first(Reconciliation),
        "portal:preview:user_id": side.person.pk,
        "signon:pk": _first(signon.Application),
        "signon:upstream-unlink:pk": side.person.pk,
        "clients:pk": _first(ApiClient),
        "services:pk": _first(Service),
        "matters:code": "all",
        "matters:case-new:code": "hotline.demand",
        "matters:pk": _first(Listener),
        "matters:listener-deed:deed": "suspend",
        "api-listener:pk": _first(Listener),
        "api-matter-form:code": "hotline.demand",
        "studio:code": "hotline.demand",
        "studio:domain-edit:code": "livelihood",
        "studio:number": 1,
        "studio:other": 1,
        "studio:deed": "copy",
        "studio:part": "basic",
        "studio:section": "actions",
        "studio:index": "new",
        "figures:by": "matter",
        "ogc:code": "cases",
        "ogc:tms": "WebMercatorQuad",
        "ogc:zoom": 3,
        "ogc:row": 3,
        "ogc:column": 6,
        "ogc:feature_id": side.case.pk,
        "figures:table": "rising",
        "hotline:table": "units",
        "hotline:article_id": _first(Article),
        "citizen:article_id": _first(Article),
        "citizen:url_key": "unknown",
        "guides:number": _first(Application, "case__number"),
        "guides:case_id": _first(Application, "case_id"),
        "api-application-progress:number": _first(Application, "case__number"),
        "guides:code": "onething.birth",
        "guides:kind": "joint",
        "guides:plan-detail:code": "birth",
        "guides:plan-edit:code": "birth",
        "guides:plan-publish:code": "birth",
        "guides:guide_id": _first(Guide),
        "api-guide-detail:code": "onething.birth",
        "inspection:object_id": side.supervised.pk if side.supervised else ABSENT,
        "api-supervised-object:object_id": side.supervised.pk if side.supervised else ABSENT,
        "inspection:inspector_id": _first(Inspector),
        "inspection:plan_id": _first(DrawPlan),
        "inspection:result_id": _first(DrawResult),
        "inspection:number": _first(DrawPlan, "draws__number"),
        "api-draw:number": _first(DrawPlan, "draws__number"),
        "api-draw-proof:number": _first(DrawPlan, "draws__number"),
        "gateway:code": "not-found",
        "portal:view": "cases",
        "slug": "none",
    }


def _first(found: Any, column: str = "pk") -> Any:
    """Will give a column of the first row of a model or of rows; a key nobody has if none."""
    if isinstance(found, type) and issubclass(found, models.Model):
        found = found._default_manager.all()
    value = found.order_by("pk").values_list(column, flat=True).first()
    return ABSENT if value is None else value
