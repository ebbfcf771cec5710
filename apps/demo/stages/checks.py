"""Supervision in the demo city: a register, inspectors, one finished draw with its proof."""

import random
from datetime import datetime, timedelta

from apps.accounts.models import Organization, Tenant, User
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.credit_code import check_character
from apps.demo import texts
from apps.demo.geography import City
from apps.demo.world import MARKET, TENANT, World, department_code
from apps.inspection import services as inspection
from apps.inspection.models import DrawPlan, DrawResult, Inspector, SupervisedObject
from apps.matters.enums import MatterKind
from apps.matters.models import MatterType
from apps.matters.services import ensure_shipped_matter
from apps.places.models import Area

OBJECTS, PEOPLE_EVERY = 40, 8
#: What some objects did before: every so many, which behaviour, how often.
PASTS = (("filed", 6, 1), ("refused", 9, 2), ("praised", 5, 1), ("complaint", 7, 2))
RATES = {"A": 500, "B": 2000, "C": 5000, "D": 10_000}
#: Of the drawn objects so many are checked, and one fewer published.
CHECKED = 6
BRANDS = ("鑫隆", "福来", "和顺", "永兴", "海月", "正源", "佳禾", "丰泽", "安泰", "同心")
TRADES = ("超市", "餐馆", "药店", "五金商行", "美容店", "粮油店", "水产行", "家电维修部")


def load_register(city: City, areas: dict[str, Area], seed: int) -> None:
    """Will enter the check matter, the inspectors, forty objects and what some of them did."""
    tenant = Tenant.objects.get(code=TENANT)
    keeper = User.objects.get(username="inspection-planner1")
    matter = ensure_shipped_matter(
        SYSTEM, shipped=texts.read("inspection/matter"), kind=MatterKind.SUPERVISION
    )
    district = city.districts[0]
    unit = Organization.objects.get(code=department_code(MARKET, "district", district.code))
    _inspectors(keeper, tenant, unit, matter)
    rng = random.Random(seed)
    for number in range(1, OBJECTS + 1):
        address, (lon, lat) = city.random_address(rng, district.code)
        is_person = number % PEOPLE_EVERY == 0
        made = inspection.register_object(
            keeper,
            tenant=tenant,
            new=inspection.NewObject(
                kind="person" if is_person else "firm",
                name=texts.person_name(rng) if is_person else _firm(rng, number),
                credit_code="" if is_person else _credit_code(number),
                area=areas[district.code],
                unit=unit,
                address=address[:200],
                lon=lon,
                lat=lat,
            ),
        )
        _past(keeper, made, number)


def _inspectors(keeper: User, tenant: Tenant, unit: Organization, matter: MatterType) -> None:
    people = User.objects.filter(username__startswith="inspector").order_by("pk")
    for number, user in enumerate(people, start=1):
        inspection.save_inspector(
            keeper,
            tenant=tenant,
            new=inspection.NewInspector(
                user=user, unit=unit, certificate=f"演示执法{number:03d}", subjects=[matter]
            ),
        )


def _firm(rng: random.Random, number: int) -> str:
    return f"{rng.choice(BRANDS)}{rng.choice(TRADES)}（第{number}号演示户）"


def _credit_code(number: int) -> str:
    """A code that checks out, of a division that does not exist."""
    first = f"92990000MA0{number:06d}"
    return first + check_character(first)


def _past(keeper: User, supervised: SupervisedObject, number: int) -> None:
    for code, every, times in PASTS:
        for turn in range(times if number % every == 0 else 0):
            inspection.record_behaviour(
                keeper,
                object_id=supervised.pk,
                code=code,
                happened_on=clock.today() - timedelta(days=30 * (turn + 1)),
                text="演示记录",
            )


def load_draw(world: World, *, until: datetime) -> int:
    """Will freeze, draw, open the checks, record some results, and plan the next draw.

    Gives the number of drawn objects.
    """
    planner = world.people("inspection_planner")[0]
    runner = world.people("inspection_runner")[0]
    with clock.at(until - timedelta(days=9)):
        plan = _plan(world, planner, "下半年双随机抽查", days=30)
        draw = inspection.freeze_draw(planner, plan_id=plan.pk)
    with clock.at(until - timedelta(days=8)):
        inspection.run_draw(
            runner, draw_id=draw.pk, public_seed="见证当日气温十二度", witness="李见证"
        )
        results = list(draw.results.all())
        for result in results:
            inspection.open_check(result.pk)
    _check(results[:CHECKED], runner, until=until)
    with clock.at(until - timedelta(hours=2)):
        following = _plan(world, planner, "节前专项抽查", days=20)
        inspection.freeze_draw(planner, plan_id=following.pk)
    return len(results)


def _plan(world: World, planner: User, title: str, *, days: int) -> DrawPlan:
    inspector = Inspector.objects.select_related("unit__area").order_by("pk")[0]
    area = inspector.unit.area
    assert area is not None
    return inspection.save_plan(
        planner,
        tenant=world.tenant,
        new=inspection.NewPlan(
            title=title,
            matter_type=MatterType.objects.get(code="supervision.random_check"),
            area=area,
            units=[inspector.unit],
            rates=RATES,
            from_on=clock.today(),
            to_on=clock.today() + timedelta(days=days),
            skip_days=90,
        ),
    )


def _check(results: list[DrawResult], runner: User, *, until: datetime) -> None:
    findings = ("no_problem", "corrected", "no_problem", "ordered", "no_problem", "filed")
    for number, (result, finding) in enumerate(zip(results, findings, strict=False)):
        failed = finding != "no_problem"
        lead = result.inspectors.select_related("inspector__user").order_by("position")[0]
        with clock.at(until - timedelta(days=5, hours=-number)):
            inspection.record_result(
                lead.inspector.user,
                result_id=result.pk,
                new=inspection.NewResult(
                    finding=finding,
                    text="现场核对登记信息和台账（演示）",
                    public_text="公示信息与实际不一致" if failed else "未发现问题",
                    checked_on=clock.today(),
                    items={
                        "registration": "pass",
                        "notice": "fail" if failed else "pass",
                        "safety": "pass",
                    },
                ),
            )
        if number < CHECKED - 1:
            with clock.at(until - timedelta(days=3, hours=-number)):
                inspection.publish_result(runner, result_id=result.pk)
