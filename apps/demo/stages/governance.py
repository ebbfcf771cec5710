"""Governance in the demo city: centres, disputes in different states, an assessment, appraisals."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from apps.accounts import services as accounts
from apps.accounts.approvals import services as approvals
from apps.accounts.models import Organization, OrganizationKind, Role, User
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.demo import texts
from apps.demo.stages.people import SINCE
from apps.demo.world import CENTER, World, department_code
from apps.governance.enums import (
    AskedAgainFor,
    CentreLevel,
    ConsentWay,
    Direction,
    DisputeKind,
    DisputeResult,
    Fulfilment,
    OpinionSource,
    PartyKind,
    PartyRole,
    SessionOutcome,
    Subject,
)
from apps.governance.models import Centre, Dispute
from apps.governance.selectors import burden as forms
from apps.governance.services import appraisal, assessments, burden, centres, disputes, mediation
from apps.governance.services.assessments import NewOpinions
from apps.governance.services.disputes import NewDispute, NewParty
from apps.matters.services import ensure_shipped_matter

#: Longer ago than anything that is told.
BEFORE = timedelta(days=90)
CLERK, LEADER = "governance1", "leader1"
#: Kind, title, text, amount in yuan, the two sides, how far it has come.
DISPUTES = (
    ("neighbour", "楼上漏水引起的赔偿纠纷", "楼上水管破裂，泡坏楼下吊顶和地板。", 6000, "new"),
    ("labour", "装修工程款拖欠纠纷", "工程完工三个月，尚欠工人工资。", 24000, "sat"),
    ("property", "物业费与车位管理纠纷", "住户以车位被占为由拒交物业费。", 1800, "agreed"),
    ("family", "赡养费分担纠纷", "兄妹三人对赡养费分担有争议。", 12000, "closed"),
    ("contract", "店铺租赁押金纠纷", "租期届满后房东拒退押金。", 8000, "failed"),
    ("land", "宅基地边界纠纷", "两户对院墙位置各执一词，涉及历史界址。", None, "up"),
)
RISKS = [
    {
        "code": "lawful",
        "label": "合法性",
        "weight": 25,
        "help": "有无法律法规依据",
        "critical": True,
    },
    {"code": "fair", "label": "合理性", "weight": 20, "help": "是否兼顾各方利益"},
    {"code": "able", "label": "可行性", "weight": 20, "help": "资金、人员和时间是否落实"},
    {"code": "safe", "label": "可控性", "weight": 20, "help": "有无公共安全隐患和预案"},
    {"code": "welcome", "label": "群众接受程度", "weight": 15, "help": "征求意见中的反对和顾虑"},
]
SCORES = {
    "lawful": (0, "依据本市城市更新办法"),
    "fair": (2, "沿街商户短期受影响"),
    "able": (1, "资金已列入年度预算"),
    "safe": (2, "施工期间交通组织需加强"),
    "welcome": (3, "部分住户担心噪声"),
}
#: Indicator, weight, floor, ceiling.
FORMULAS: dict[Subject, tuple[tuple[str, int, int, int], ...]] = {
    Subject.WORKER: (
        ("events_valid", 20, 0, 20),
        ("false_reports", 10, 0, 30),
        ("looks_on_time", 20, 50, 100),
        ("patrol_coverage", 30, 40, 100),
        ("visits_on_time", 10, 50, 100),
        ("data_quality", 10, 50, 100),
    ),
    Subject.STREET: (
        ("patrol_coverage", 30, 40, 100),
        ("looks_on_time", 15, 50, 100),
        ("visits_on_time", 10, 50, 100),
        ("disputes_settled", 20, 30, 100),
        ("cases_on_time", 25, 50, 100),
    ),
}


@dataclass
class _Hall:
    """The people and centres of the stage."""

    clerk: User
    mediators: dict[int, User]
    street: Centre
    district: Centre


def load_governance(world: World, *, until: datetime) -> int:
    """Will arrange centres and tell six disputes; gives their number."""
    clerk, leader = (User.objects.get(username=name) for name in (CLERK, LEADER))
    with clock.at(until - BEFORE):
        ensure_shipped_matter(SYSTEM, shipped=texts.read("governance/dispute"))
        hall = _arrange(world, clerk)
    for number, row in enumerate(DISPUTES):
        _tell(world, hall, number, row, until=until)
    _assess(clerk, leader, until=until)
    _appraise(clerk, leader, until=until)
    _explain_forms(world, clerk)
    return len(DISPUTES)


def _arrange(world: World, clerk: User) -> _Hall:
    """The city's centre, one of the first district, one of each of its streets."""
    tenant, zone = world.tenant, world.city.districts[0]
    top = centres.save_centre(
        SYSTEM,
        tenant=tenant,
        level=CentreLevel.CITY,
        name=f"{tenant.name}综治中心",
        unit=world.units[CENTER],
    )
    office = accounts.create_organization(
        SYSTEM,
        tenant=tenant,
        code=f"zz{zone.code}",
        name=f"{zone.name}综治中心",
        kind=OrganizationKind.DEPARTMENT,
        area=world.units[department_code("cgj", "district", zone.code)].area,
    )
    district = centres.save_centre(
        SYSTEM,
        tenant=tenant,
        level=CentreLevel.DISTRICT,
        name=office.name,
        unit=office,
        parent=top,
    )
    streets = [s for s in world.city.streets if s.code.startswith(zone.code)]
    units = [world.units[department_code("street", "street", s.code)] for s in streets]
    below = [
        centres.save_centre(
            SYSTEM,
            tenant=tenant,
            level=CentreLevel.STREET,
            name=f"{street.name}综治中心",
            unit=unit,
            parent=district,
        )
        for street, unit in zip(streets, units, strict=True)
    ]
    staff = {unit.pk: world.people("department_staff", unit.code)[0] for unit in units}
    staff[office.pk] = world.people("department_head", units[0].code)[0]
    for unit in (*units, office):
        _seat_mediator(unit, staff[unit.pk])
    return _Hall(clerk, staff, below[0], district)


def _seat_mediator(unit: Organization, user: User) -> None:
    post = accounts.create_post(SYSTEM, organization=unit, name="调解员")
    accounts.set_roles(SYSTEM, post=post, roles=[Role.objects.get(code="mediator")])
    accounts.appoint(SYSTEM, user=user, post=post, from_on=SINCE, is_primary=False)


def _tell(world: World, hall: _Hall, number: int, row: tuple[Any, ...], *, until: datetime) -> None:
    kind, title, text, amount, stage = row
    mediator = hall.mediators[hall.street.unit_id]
    begin = until - timedelta(days=6 + 9 * number)
    lon, lat = _place(world, number)
    with clock.at(begin):
        dispute = disputes.open_dispute(
            mediator,
            centre_id=hall.street.pk,
            new=NewDispute(
                kind=DisputeKind(kind),
                title=title,
                text=text,
                amount=None if amount is None else Decimal(amount),
                lon=lon,
                lat=lat,
                parties=_parties(number),
                source_key=f"demo:dispute:{number}",
            ),
        )
    if stage == "new":
        return
    with clock.at(begin + timedelta(hours=3)):
        disputes.accept_dispute(mediator, dispute_id=dispute.pk, chief_id=mediator.pk)
    steps: dict[str, Callable[[], None]] = {
        "sat": lambda: _sit(mediator, dispute, SessionOutcome.ADJOURNED),
        "agreed": lambda: _agree(mediator, dispute),
        "closed": lambda: _agree(mediator, dispute),
        "failed": lambda: _fail(mediator, dispute),
        "up": lambda: _pass_up(mediator, dispute),
    }
    with clock.at(begin + timedelta(days=2)):
        steps[stage]()
    if stage == "closed":
        with clock.at(begin + timedelta(days=20)):
            visit = dispute.follow_ups.order_by("due_on")[0]
            mediation.record_visit(
                mediator,
                follow_up_id=visit.pk,
                found=Fulfilment.FULL,
                note="首笔赡养费已按期支付",
            )


def _place(world: World, number: int) -> tuple[float, float]:
    """A place in a street of the first district."""
    zone = world.city.districts[0]
    streets = [s for s in world.city.streets if s.code.startswith(zone.code)]
    cells = [c for c in world.city.cells if c.code.startswith(streets[0].code)]
    area = world.units[department_code("street", "street", streets[0].code)].area
    assert area is not None
    assert area.boundary is not None
    center = area.boundary.point_on_surface
    return (center.x + 0.0001 * (number % len(cells)), center.y)


def _parties(number: int) -> list[NewParty]:
    """The same applicant comes twice, so that the second dispute finds the first."""
    applicant = NewParty(PartyRole.APPLICANT, "钱多多", phone=f"1390000{number // 2:04d}")
    if number == 1:
        return [applicant, NewParty(PartyRole.RESPONDENT, "演示装饰公司", kind=PartyKind.FIRM)]
    return [applicant, NewParty(PartyRole.RESPONDENT, "冯小刚子", phone=f"1380000{number:04d}")]


def _sit(mediator: User, dispute: Dispute, outcome: SessionOutcome) -> None:
    mediation.record_session(
        mediator,
        dispute_id=dispute.pk,
        held_at=clock.now() - timedelta(hours=1),
        place="街道综治中心调解室",
        present_ids=list(dispute.parties.values_list("pk", flat=True)),
        text="双方陈述经过，调解员讲解相关规定，双方对金额仍有分歧。"
        if outcome != SessionOutcome.AGREED
        else "双方陈述经过，经劝解各让一步，愿意当场达成协议。",
        outcome=outcome,
        next_on=clock.today() + timedelta(days=9) if outcome == SessionOutcome.ADJOURNED else None,
    )


def _agree(mediator: User, dispute: Dispute) -> None:
    _sit(mediator, dispute, SessionOutcome.AGREED)
    agreement = mediation.draw_up_agreement(
        mediator,
        dispute_id=dispute.pk,
        terms="一、被申请人于履行期限前支付约定款项。\n二、双方互不再追究其他责任。",
        perform_by=clock.today() + timedelta(days=30),
    )
    for party in dispute.parties.all():
        mediation.record_consent(
            mediator,
            agreement_id=agreement.pk,
            party_id=party.pk,
            way=ConsentWay.SIGNED,
            witness="社区网格员",
        )
    disputes.conclude_dispute(
        mediator, dispute_id=dispute.pk, result=DisputeResult.AGREED, note="双方签订协议"
    )


def _fail(mediator: User, dispute: Dispute) -> None:
    _sit(mediator, dispute, SessionOutcome.FAILED)
    disputes.conclude_dispute(
        mediator, dispute_id=dispute.pk, result=DisputeResult.FAILED, note="建议通过诉讼解决"
    )


def _pass_up(mediator: User, dispute: Dispute) -> None:
    disputes.pass_dispute(
        mediator,
        dispute_id=dispute.pk,
        direction=Direction.UP,
        reason="涉及历史界址，须由区里会同自然资源部门调解",
    )


def _assess(clerk: User, leader: User, *, until: datetime) -> None:
    tenant = clerk.tenant
    assert tenant is not None
    with clock.at(until - timedelta(days=40)):
        body = {"items": RISKS, "medium_from": 40, "high_from": 70, "opinion_weight": 20}
        draft = assessments.draft_template(
            clerk, tenant=tenant, name="重大决策风险评估（通用）", basis="演示办法", body=body
        )
        assessments.submit_template(clerk, template_id=draft.pk)
        assessments.decide_template(leader, template_id=draft.pk, approve=True)
    with clock.at(until - timedelta(days=20)):
        made = assessments.start_assessment(
            clerk,
            tenant=tenant,
            title="老城区主干道拓宽改造",
            decision="拟对老城区主干道进行拓宽，工期八个月，沿线商户和住户一千余户。",
            unit_id=Organization.objects.get(code=CENTER, tenant=tenant).pk,
        )
        assessments.save_scores(clerk, assessment_id=made.pk, scores=SCORES)
        for source, way, counts in (
            (OpinionSource.PUBLIC, "入户问卷", (812, 96, 140)),
            (OpinionSource.UNIT, "座谈会", (9, 1, 0)),
        ):
            new = NewOpinions(source, way, clock.today(), *counts, "多数赞成，顾虑施工噪声和停车")
            assessments.record_opinions(clerk, assessment_id=made.pk, new=new)
        made = assessments.write_conclusion(
            clerk, assessment_id=made.pk, text="风险可控，可以实施；先落实夜间施工限制和临时停车。"
        )
        unit = made.unit_id
        assessments.order_measure(
            clerk,
            assessment_id=made.pk,
            unit_id=unit,
            text="夜间十点后停止产生噪声的作业，并公布投诉电话",
            due_on=clock.today() + timedelta(days=30),
        )
        held = assessments.file_conclusion(clerk, assessment_id=made.pk, reason="评估工作完成")
    with clock.at(until - timedelta(days=19)):
        approvals.approve_change(leader, change_id=held.pk, digest=held.digest)


def _appraise(clerk: User, leader: User, *, until: datetime) -> None:
    """Formulas in force since three months; the month before last published, the last computed."""
    tenant = clerk.tenant
    assert tenant is not None
    this_month = until.date().replace(day=1)
    last = (this_month - timedelta(days=1)).replace(day=1)
    before = (last - timedelta(days=1)).replace(day=1)
    for subject in Subject:
        with clock.at(until - timedelta(days=62)):
            draft = appraisal.draft_formula(
                clerk,
                tenant=tenant,
                subject=subject,
                name=f"{subject.label}月度考核",
                basis="演示办法",
                body={"indicators": _weights(subject)},
                effective_from=before,
            )
            appraisal.submit_formula(clerk, formula_id=draft.pk)
            appraisal.decide_formula(leader, formula_id=draft.pk, approve=True)
        with clock.at(until):
            run = appraisal.compute_month(clerk, tenant=tenant, subject=subject, month=before)
            appraisal.publish_run(leader, run_id=run.pk)
            appraisal.compute_month(clerk, tenant=tenant, subject=subject, month=last)


def _weights(subject: Subject) -> list[dict[str, Any]]:
    return [
        {"code": code, "weight": weight, "floor": floor, "ceiling": ceiling}
        for code, weight, floor, ceiling in FORMULAS[subject]
    ]


def _explain_forms(world: World, clerk: User) -> None:
    """The shipped reasons for what forms ask again; one count of every form."""
    known = {meter.form.code: meter for meter in forms.meters(world.tenant)}
    for code, reasons in texts.read("governance/reasons").items():
        asked = {f.name for f in known[code].fields if f.held} if code in known else set()
        for field, (kind, words) in reasons.items():
            if field in asked:
                burden.give_reason(
                    clerk,
                    tenant=world.tenant,
                    form=code,
                    field=field,
                    kind=AskedAgainFor(kind),
                    text=words,
                )
    for code, meter in known.items():
        own = {f.name for f in meter.fields if f.held}
        if code.startswith("special:") and "contact_phone" in own:
            burden.give_reason(
                clerk,
                tenant=world.tenant,
                form=code,
                field="contact_phone",
                kind=AskedAgainFor.ELSEWHERE,
                text="是联系人的电话，不是本人的；联系人可能没有档案",
            )
    burden.count_forms(clerk, tenant=world.tenant)
