"""What listeners do (RU-03), as ``services.effect_data`` has read it.

Titles and texts may name fields of the case: {受理编号} {标题} {状态} {承办单位} {分类} {地址}.
They are replaced, never evaluated.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import users_with_permission
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import Refused
from apps.common.phrases import series
from apps.matters.actors import CaseActor
from apps.matters.definition import MapRow, definition_of
from apps.matters.enums import Channel, EffectKind, LinkKind
from apps.matters.mapping import apply_mapping, read_field
from apps.matters.models import Case, CaseLink, ListenerDelivery
from apps.matters.permissions import can_perform
from apps.matters.services.opening import TEXT_MAX, TITLE_MAX, NewCase, open_case
from apps.matters.services.performing import perform
from apps.notices import services as notices

#: The words an author may put in braces, and the field each stands for.
WORDS = {
    "受理编号": "number",
    "标题": "title",
    "状态": "state",
    "承办单位": "unit",
    "分类": "class_label",
    "地址": "address",
}
#: The fields of action forms that take the author's text; a form takes those it has.
_TEXT_FIELDS = ("note", "reason", "text")


def apply_effect(delivery: ListenerDelivery) -> tuple[str, Case | None]:
    """Will do what the listener is for and give (what was done in words, the new case).

    Runs inside the transaction that marks the delivery done, under its cause.
    Raises: DomainError (what the effect asks for is refused).
    """
    listener, case = delivery.listener, delivery.case
    if listener.effect == EffectKind.NOTIFY:
        return _notify(delivery, listener.effect_data, case), None
    if listener.effect == EffectKind.OPEN:
        return _open(delivery, listener.effect_data, case)
    return _act(delivery, listener.effect_data, case), None


def fill(text: str, case: Case) -> str:
    """Will put the fields of a case where their words stand in braces."""
    for word, field in WORDS.items():
        if f"{{{word}}}" in text:
            text = text.replace(f"{{{word}}}", str(read_field(case, field) or "—"))
    return text


def _notify(delivery: ListenerDelivery, data: Mapping[str, Any], case: Case) -> str:
    people = list(_recipients(data, case))
    if not people:
        raise Refused(_("没有可通知的人员"))
    notices.notify(
        recipients=people,
        kind="listener",
        title=fill(data["title"], case),
        body=fill(data["body"], case),
        url=f"/cases/{case.pk}/",
        key=f"listener:{delivery.pk}",
    )
    return _("已通知%s人") % len(people)


def _recipients(data: Mapping[str, Any], case: Case) -> Iterable[User]:
    if data["to"] == "unit":
        if case.unit is None:
            raise Refused(_("案件没有承办单位，无人可通知"))
        return users_with_permission("matters.handle_case", organization=case.unit)
    if data["to"] == "organization":
        found = Organization.objects.filter(
            code=data["organization"], tenant_id=case.tenant_id, is_active=True
        ).first()
        if found is None:
            raise Refused(_("单位“%s”已停用") % data["organization"])
        return users_with_permission("matters.handle_case", organization=found)
    people = users_with_permission(data["permission"])
    return people.filter(appointments__post__organization__tenant_id=case.tenant_id).distinct()


def _open(
    delivery: ListenerDelivery, data: Mapping[str, Any], case: Case
) -> tuple[str, Case | None]:
    rows = [MapRow(r["to"], r.get("from", ""), r.get("value", "")) for r in data["mapping"]]
    fields, form = apply_mapping(rows, case)
    keeps_place = data["keep_place"] and case.point is not None
    lon, lat = case.point.coords if keeps_place and case.point is not None else (None, None)
    report = NewCase(
        matter_type=data["matter"],
        title=fields.get("title") or fill(data["title"], case)[:TITLE_MAX],
        text=fields.get("text") or fill(data["text"], case)[:TEXT_MAX],
        channel=Channel.INTERNAL,
        lon=lon,
        lat=lat,
        address=fields.get("address", case.address if data["keep_place"] else ""),
        class_code=fields.get("class_code", case.class_code if data["keep_class"] else ""),
        form_data=form,
        is_confidential=case.is_confidential,
        source_key=f"listener:{delivery.pk}",
    )
    opened = open_case(SYSTEM, tenant=case.tenant, report=report).case
    CaseLink.objects.get_or_create(
        source=opened,
        target=case,
        kind=LinkKind.TRIGGERED_BY,
        defaults={"created_at": clock.now(), "created_by_name": SYSTEM.display_name},
    )
    return _("已登记%s") % opened.number, opened


def _act(delivery: ListenerDelivery, data: Mapping[str, Any], case: Case) -> str:
    found = linked_cases(case, data["link"])
    done = []
    for other in found.select_related("version").defer("search").order_by("pk"):
        definition = definition_of(other.version_id, other.version.body)
        action = definition.actions.get(data["action"])
        actor: CaseActor = SYSTEM
        if action is None or other.state not in action.sources:
            continue
        if not can_perform(actor, action, other, definition):
            continue
        text = fill(data["text"], case)
        perform(
            actor,
            case_id=other.pk,
            action=data["action"],
            data=dict.fromkeys(_TEXT_FIELDS, text),
            key=f"listener:{delivery.pk}",
        )
        done.append(other.number)
    if not done:
        raise Refused(_("没有可由系统执行该操作的关联案件"))
    return _("已处理%s") % series(done[:10])


def linked_cases(case: Case, link: str) -> QuerySet[Case]:
    """Will give the cases an effect reaches from a case; see ``LinkWay``."""
    ways = {
        "self": Q(pk=case.pk),
        "parent": Q(links_in__source=case, links_in__kind=LinkKind.PARENT),
        "parts": Q(links_out__target=case, links_out__kind=LinkKind.PARENT),
        "trigger": Q(links_in__source=case, links_in__kind=LinkKind.TRIGGERED_BY),
        "triggered": Q(links_out__target=case, links_out__kind=LinkKind.TRIGGERED_BY),
        "related": Q(links_in__source=case, links_in__kind__in=_BESIDE)
        | Q(links_out__target=case, links_out__kind__in=_BESIDE),
    }
    keys = Case.objects.filter(ways[link]).values("pk")
    return Case.objects.filter(pk__in=keys)


_BESIDE = (LinkKind.RELATED, LinkKind.DUPLICATE_OF)
