"""An application becomes a case, or one case per department (MT-16)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.audit.services import SYSTEM
from apps.common import clock, forms_data, outbox
from apps.common.errors import InvalidInput, NotFound
from apps.common.models import StoredFile
from apps.guides import joining, permissions
from apps.guides.enums import PartState, Via
from apps.guides.models import Application, ApplicationPart, JointBusiness
from apps.guides.selectors.plans import find_joint
from apps.matters.actors import CaseActor, Reporter
from apps.matters.enums import Channel, LinkKind
from apps.matters.models import Case, MatterType
from apps.matters.selectors import get_open_matter
from apps.matters.services import NewCase, NewFile, link_cases, open_case, perform
from apps.notices import services as notices

CHECK_TOPIC = "guides.check"
CHANNELS = {Via.WEB: Channel.WEB, Via.WINDOW: Channel.LETTER, Via.API: Channel.API}
Files = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class NewApplication:
    """What the applicant gives.

    values: plain values of the matter's own form (``DataForm.plain_data``). materials: by code
    of the material, [{"file": id, "name"}]. asked: the materials asked for, None for all.
    source_key: the same again gives the first application.
    """

    matter: str
    name: str
    phone: str
    id_number: str
    values: Mapping[str, Any] = field(default_factory=dict)
    materials: Files = field(default_factory=dict)
    asked: tuple[str, ...] | None = None
    via: Via = Via.WEB
    guided: str = ""
    source_key: str | None = None


def normalise_phone(text: str) -> str:
    """Will give the digits of a telephone number without the country's code."""
    digits = re.sub(r"\D", "", text)
    return digits[2:] if len(digits) == 13 and digits.startswith("86") else digits


def asked_materials(
    body: Mapping[str, Any], *, asked: Sequence[str] | None, values: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    """Will give the materials an applicant is to hand in, after the answers given so far."""
    found = []
    for material in body.get("materials_in", []):
        condition = material.get("show_if")
        if material.get("source", "citizen") != "citizen":
            continue
        if asked is not None and material["code"] not in asked:
            continue
        if condition and values.get(condition.get("field")) not in condition.get("in", []):
            continue
        found.append(material)
    return found


@transaction.atomic
def file_application(actor: CaseActor, *, tenant: Tenant, new: NewApplication) -> Application:
    """Will open the case of an application and set it going; of a joint business all first parts.

    The applicant gets a receipt by SMS. With a ``source_key`` seen before nothing changes.
    Raises: NotAllowed (a colleague without the right to file for citizens); NotFound (matter);
        InvalidInput (a missing material, by its code; what ``open_case`` refuses).
    Source: MT-16.
    """
    if isinstance(actor, User):
        permissions.require(actor, permissions.FILE, tenant_id=tenant.pk)
    matter = get_open_matter(new.matter)
    assert matter.current_version is not None
    body = matter.current_version.body
    kept = _check_materials(body, new)
    joint = find_joint(tenant, matter.code)
    outcome = open_case(
        actor, tenant=tenant, report=_report(matter, body, new), files=_as_files(body, kept)
    )
    if outcome.repeated:
        return Application.objects.select_related("case").get(case=outcome.case)
    application = Application.objects.create(
        case=outcome.case,
        tenant=tenant,
        joint=joint,
        applicant_name=new.name.strip(),
        applicant_phone=normalise_phone(new.phone),
        applicant_id_number=new.id_number.strip().upper(),
        via=new.via,
        filed_by_name=actor.display_name if isinstance(actor, User) else "",
        materials={code: [dict(part) for part in parts] for code, parts in kept.items()},
        guided=new.guided[:400],
        filed_at=clock.now(),
    )
    if joint is None:
        begin(outcome.case)
    else:
        _lay_out(application, joint)
        move_on(application)
    _send_receipt(application)
    return application


def begin(case: Case) -> None:
    """Will set a new case going: to the checks where its matter has any, else to the rules."""
    if case.version.body.get("instant"):
        outbox.enqueue(CHECK_TOPIC, key=f"case:{case.pk}", payload={"case_id": case.pk})
        return
    perform(SYSTEM, case_id=case.pk, action="auto_dispatch", data={}, key="begin")


def advance(application_id: int) -> None:
    """Will read what the departments decided, open what is next, and sum up once all is final.

    Safe to run any number of times. Locks the application until commit.
    Raises: NotFound.
    """
    with transaction.atomic():
        application = _lock(application_id)
        for part in application.parts.filter(state=PartState.OPEN).select_related("case"):
            _take_decision(part)
        move_on(application)


@transaction.atomic
def withdraw(actor: CaseActor, *, application_id: int, reason: str) -> Application:
    """Will take the whole application back: the main case and every part still open.

    Locks the application, then its cases. Raises: NotFound; what the action refuses.
    """
    application = _lock(application_id)
    perform(actor, case_id=application.case_id, action="withdraw", data={"reason": reason})
    for part in application.parts.exclude(state__in=[PartState.APPROVED, PartState.REFUSED]):
        if part.state == PartState.OPEN and part.case_id is not None:
            perform(
                SYSTEM,
                case_id=part.case_id,
                action="withdraw",
                data={"reason": reason},
                key="withdrawn-with-main",
            )
        part.state = PartState.WITHDRAWN
        part.save(update_fields=["state"])
    return application


def move_on(application: Application) -> None:
    """Will do what the plan says comes next; the application is locked or new."""
    if application.joint is None or application.case.is_ended:
        return
    parts = {part.code: part for part in application.parts.select_related("matter_type")}
    body = application.joint.body
    next_step = joining.plan(body, {c: PartState(p.state) for c, p in parts.items()})
    for code in next_step.to_skip:
        parts[code].state = PartState.SKIPPED
        parts[code].save(update_fields=["state"])
    items = {item["code"]: item for item in body["items"]}
    for code in next_step.to_open:
        _open_part(application, parts[code], items[code])
    if next_step.verdict:
        perform(
            SYSTEM,
            case_id=application.case_id,
            action="conclude",
            data={
                "outcome": next_step.verdict,
                "summary": _summary(list(parts.values()), next_step.verdict),
            },
            key="concluded",
        )


def _lock(application_id: int) -> Application:
    found = (
        Application.objects.select_for_update(of=("self",))
        .select_related("case__version", "tenant__area", "joint")
        .filter(pk=application_id)
        .first()
    )
    if found is None:
        raise NotFound(_("没有这件申报，或您无权查看"))
    return found


def _check_materials(body: Mapping[str, Any], new: NewApplication) -> Files:
    asked = asked_materials(body, asked=new.asked, values=new.values)
    for material in asked:
        if material.get("required") and not new.materials.get(material["code"]):
            raise InvalidInput(
                _("请上传“%(label)s”") % {"label": material["label"]}, field=material["code"]
            )
    codes = {material["code"] for material in asked}
    return {code: parts for code, parts in new.materials.items() if code in codes and parts}


def _report(matter: MatterType, body: Mapping[str, Any], new: NewApplication) -> NewCase:
    form = body.get("form", {})
    points = [e["name"] for e in form.get("fields", []) if e["type"] == "point"]
    point = next((new.values[name] for name in points if new.values.get(name)), None)
    return NewCase(
        matter_type=matter.code,
        title=_("%(matter)s申请") % {"matter": matter.name},
        text=_("%(matter)s，%(via)s。") % {"matter": matter.name, "via": new.via.label},
        channel=CHANNELS[new.via],
        lon=point["lng"] if point else None,
        lat=point["lat"] if point else None,
        address=str(new.values.get("address", ""))[:200],
        form_data=forms_data.with_file_keys(form, new.values),
        source_key=new.source_key,
    )


def _as_files(body: Mapping[str, Any], materials: Files) -> list[NewFile]:
    labels = {m["code"]: m["label"] for m in body.get("materials_in", [])}
    stored = StoredFile.objects.in_bulk([p["file"] for parts in materials.values() for p in parts])
    return [
        NewFile(stored[part["file"]], f"{labels.get(code, code)}-{part['name']}")
        for code, parts in materials.items()
        for part in parts
        if part["file"] in stored
    ]


def _lay_out(application: Application, joint: JointBusiness) -> None:
    """Writes a row for every part the answers call for."""
    items = joining.asked_items(joint.body, application.case.form_data)
    if not items:
        raise InvalidInput(_("按您填写的内容，没有需要办理的事项"))
    matters = {m.code: m for m in MatterType.objects.filter(code__in=[i["matter"] for i in items])}
    ApplicationPart.objects.bulk_create(
        ApplicationPart(
            application=application,
            code=item["code"],
            label=item.get("label") or matters[item["matter"]].name,
            position=position,
            matter_type=matters[item["matter"]],
        )
        for position, item in enumerate(items, start=1)
    )


def _open_part(application: Application, part: ApplicationPart, item: Mapping[str, Any]) -> None:
    main = application.case
    matter = get_open_matter(item["matter"])
    assert matter.current_version is not None
    body = matter.current_version.body
    values = joining.child_values(item, main.form_data)
    shared = {
        own: application.materials[code]
        for own, code in item.get("materials_map", {}).items()
        if code in application.materials
    }
    outcome = open_case(
        SYSTEM,
        tenant=application.tenant,
        report=NewCase(
            matter_type=matter.code,
            title=_("%(joint)s：%(part)s") % {"joint": main.matter_type.name, "part": part.label},
            text=_("“%(joint)s”的分项，主件受理编号 %(number)s。")
            % {"joint": main.matter_type.name, "number": main.number},
            channel=Channel(main.channel),
            lon=main.point.x if main.point else None,
            lat=main.point.y if main.point else None,
            address=main.address,
            form_data=forms_data.with_file_keys(body.get("form", {}), values),
            source_key=f"part:{part.pk}",
        ),
        files=_as_files(body, shared),
    )
    part.case, part.state = outcome.case, PartState.OPEN
    part.save(update_fields=["case", "state"])
    link_cases(SYSTEM, source_id=outcome.case.pk, target_id=main.pk, kind=LinkKind.PARENT)
    begin(outcome.case)


def _take_decision(part: ApplicationPart) -> None:
    case = part.case
    assert case is not None
    if not case.is_ended:
        return
    last = case.events.order_by("-seq").filter(data__has_key="granted").first()
    if last is None:  # withdrawn or voided: nobody decided
        part.state = PartState.WITHDRAWN
    else:
        granted = bool(last.data["granted"])
        part.state = PartState.APPROVED if granted else PartState.REFUSED
        part.document_number = str(last.data.get("document_number", ""))
        part.opinion = last.public_text
    part.decided_at = case.closed_at
    part.save(update_fields=["state", "document_number", "opinion", "decided_at"])


def _summary(parts: list[ApplicationPart], verdict: str) -> str:
    words = "；".join(
        f"{part.label}：{PartState(part.state).label}"
        for part in sorted(parts, key=lambda p: p.position)
    )
    if verdict == "refused":
        return _("各部门均未批准。%(parts)s。") % {"parts": words}
    if verdict == "partly":
        return _("部分事项已批准，可统一领取结果。%(parts)s。") % {"parts": words}
    return _("全部事项已批准，可统一领取结果。%(parts)s。") % {"parts": words}


def _send_receipt(application: Application) -> None:
    notices.send_sms(
        to=application.applicant_phone,
        text=_("【%(tenant)s】您的申请已收到，受理编号 %(number)s，可凭编号和本机号码查询进度。")
        % {"tenant": application.tenant.name, "number": application.case.number},
        key=f"application:{application.case_id}:receipt",
    )


def reporter_of(application: Application) -> Reporter:
    """Will give who the applicant is to the engine."""
    return Reporter(case_id=application.case_id)
