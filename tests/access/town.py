"""The town of the matrix: one thing of every kind in the east, some in the west, and who asks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import models

from apps.accounts.models import Organization, Post, User
from apps.accounts.services.standard_roles import ROLE_SEED
from apps.alarms import services as alarms
from apps.alarms.enums import Level
from apps.alarms.models import Alarm, AlarmRule, Dependency, EscalationStep, RuleRehearsal, Silence
from apps.assist.enums import AssistKind
from apps.assist.models import Assistant
from apps.audit.services import SYSTEM
from apps.clocks.models import Calendar
from apps.common import clock
from apps.gateway.models import ApiClient, Connector, Reconciliation, Service
from apps.gateway.services import keep_catalogue
from apps.guides.models import Application, Guide
from apps.hotline.models import Article
from apps.inspection.models import DrawPlan, DrawResult, Inspector, SupervisedObject
from apps.matters.models import Case, CaseAttachment, Listener
from apps.registry.models import RegistryFile
from apps.rules.models import Decision, RuleTableVersion
from apps.sensing.models import Device
from apps.signon import models as signon
from tests.access.equipment import Equipment, lay_out, values_of
from tests.cast import Cast, _person
from tests.gateway.factories import client_with_key
from tests.guides import factories as guides
from tests.hotline.factories import article, demand, editors
from tests.inspection import factories as inspection
from tests.matters import ears
from tests.matters import factories as make
from tests.registry import factories as registry
from tests.sensing.factories import device as sensor
from tests.signon.factories import register

#: Who asks, as the letter of a column says: the east's people, the neighbour's, the three
#: administrators, offices of the centre, somebody without a post, nobody at all.
PERSONAS = (
    "acceptor", "dispatcher", "handler", "head", "callback", "supervisor", "grid_worker",
    "author", "publisher", "handler_west", "dispatcher_west", "system_admin", "security_admin",
    "audit_admin", "personnel_clerk", "personnel_approver", "resident_clerk", "grid_keeper",
    "alarm_operator", "alarm_keeper", "registry_keeper", "video_operator", "video_keeper",
    "analysis_keeper", "monitor_watcher", "ops_manager", "vendor_man", "seal_keeper", "seal_user",
    "algorithm_keeper", "appraisal_manager", "runbook_keeper", "callback_lead", "channel_keeper",
    "text_keeper", "text_releaser", "shift_leader", "quality_inspector", "outsider", "nobody",
)  # fmt: skip
#: With the rights these roles have in every city.
ADMINISTRATORS = {
    code: list(permissions)
    for code, _name, permissions in ROLE_SEED
    if code in PERSONAS and ("admin" in code or "clerk" in code or "approver" in code)
}
#: Who keeps the east's devices, cameras, seals and files, answers its alarms, mends what is broken.
OF_THE_EAST = {
    "grid_keeper", "alarm_operator", "registry_keeper", "video_operator", "video_keeper",
    "analysis_keeper", "monitor_watcher", "ops_manager", "seal_keeper", "seal_user",
}  # fmt: skip
#: Who does for the whole body what nobody does for a district.
OF_THE_CENTRE = {
    "alarm_keeper", "algorithm_keeper", "appraisal_manager", "runbook_keeper", "callback_lead",
    "channel_keeper", "text_keeper", "text_releaser", "shift_leader", "quality_inspector",
}  # fmt: skip
KEEPERS = {
    code: list(permissions)
    for code, _name, permissions in ROLE_SEED
    if code in OF_THE_EAST | OF_THE_CENTRE
}
ABSENT = 999_999_999


@dataclass(frozen=True)
class Side:
    """What stands in one district. case: being handled by the district's works."""

    case: Case
    unit: Organization
    person: User
    device: Device
    alarm: Alarm
    file: RegistryFile
    equipment: Equipment
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
    for name in KEEPERS:
        unit = cast.center if name in OF_THE_CENTRE else cast.east_works
        cast.people[name] = _person(name, name, name, unit)
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
    for unit in (cast.center, cast.west_works):
        Assistant.objects.create(
            tenant=cast.tenant, unit=unit, name=f"{unit.name}的语音识别", kind=AssistKind.SPEECH,
            dialect="rest-speech", address="http://192.0.2.1", purpose="口述诉求",
        )  # fmt: skip
    east = make.act(cast.handler, _dispatched(cast, cast.east_works), "sign", {})
    lon, lat = cast.inside_west()
    west = _dispatched(cast, cast.west_works, lon=lon, lat=lat)
    west = make.act(cast.people["handler_west"], west, "sign", {})
    people = {name: cast.people[name] for name in PERSONAS if name in cast.people}
    User.objects.filter(pk__in=[each.pk for each in people.values()]).update(tenant=cast.tenant)
    things = dict(zip(("east", "west"), _things(cast), strict=True))
    equipment = lay_out(cast)
    people["vendor_man"] = cast.people["vendor_man"]
    return AccessTown(
        cast,
        Side(
            east, cast.east_works, cast.handler, *things["east"], equipment["east"],
            supervised=SupervisedObject.objects.order_by("pk").first(),
        ),
        Side(
            west, cast.west_works, cast.people["handler_west"], *things["west"],
            equipment["west"],
        ),
        people,
    )  # fmt: skip


def _things(cast: Cast) -> Iterator[tuple[Device, Alarm, RegistryFile]]:
    """A device with an alarm, and a file of a person, in the east and in the west.

    For both together, of the centre: a threshold rule with a draft, a step, a silence, an outage
    the alarms hang on.
    """
    collectors = {
        side: _person(f"matrix_{side}", side, "collector", unit)
        for side, unit in (("east", cast.east_works), ("west", cast.west_works))
    }
    body = {"levels": [{"level": 3, "raise": "pm25 > 75"}]}
    new = alarms.NewRule("细颗粒物超标", "air", body)
    alarms.save_rule(SYSTEM, unit=cast.center, new=new)
    alarms.order_rehearsal(cast.alarm_keeper, unit=cast.center, new=new)
    alarms.add_step(
        SYSTEM, tenant=cast.tenant, level_from=3, after_minutes=15,
        post=cast.alarm_keeper.appointments.get().post, by_sms=False,
    )  # fmt: skip
    now = clock.now()
    alarms.add_silence(
        SYSTEM, tenant=cast.tenant,
        new=alarms.NewSilence("silence", "演练", now, now + timedelta(days=1), level_up_to=1),
    )  # fmt: skip
    made = []
    for side, where in (("east", cast.inside_east()), ("west", cast.inside_west())):
        unit = cast.east_works if side == "east" else cast.west_works
        device = sensor(f"AQ-{side}", at=where, owner_unit=unit)
        alarm = alarms.raise_alarm(
            source="device", kind="air_bad", asset=device.asset, level=Level.YELLOW, at=now,
            sentence="细颗粒物80。", facts={"pm25": 80}, title="细颗粒物超标",
        )  # fmt: skip
        lon, lat = where
        point = {"lng": lon, "lat": lat}
        said = registry.person_values(len(made) + 1, point=point)
        made.append((device, alarm, registry.made(collectors[side], "person", said)))
    alarms.add_dependency(SYSTEM, child=made[0][0].asset, parent=made[1][0].asset, kind="power")
    yield from made


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
        "assist:pk": _first(
            Assistant.objects.filter(unit=town.cast.center if side is town.east else side.unit)
        ),
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
        "assets:pk": side.device.asset_id,
        "sensing:pk": side.device.pk,
        "sensing:device_id": side.device.pk,
        "sensing:code": "air",
        "siting:number": 1,
        "alarms:alarm_id": side.alarm.pk,
        "alarms:deed": "acknowledge",
        "alarms:rule_id": _first(AlarmRule),
        "alarms:rehearsal_id": _first(RuleRehearsal),
        "alarms:silence-end:key": _first(Silence),
        "alarms:step-remove:key": _first(EscalationStep),
        "alarms:dependency-remove:key": _first(Dependency),
        "registry:file_id": side.file.pk,
        "registry:kind": "person",
        "gateway:code": "not-found",
        "portal:view": "cases",
        "slug": "none",
    } | values_of(side.equipment)


def _first(found: Any, column: str = "pk") -> Any:
    """Will give a column of the first row of a model or of rows; a key nobody has if none."""
    if isinstance(found, type) and issubclass(found, models.Model):
        found = found._default_manager.all()
    value = found.order_by("pk").values_list(column, flat=True).first()
    return ABSENT if value is None else value
