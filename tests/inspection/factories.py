"""The town with inspectors and supervised objects; by services where history matters."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from apps.accounts.models import User
from apps.audit.services import SYSTEM
from apps.common import clock, outbox
from apps.common.credit_code import check_character
from apps.inspection import services
from apps.inspection.models import Draw, DrawPlan, DrawResult, Inspector, SupervisedObject
from apps.inspection.selectors.register import scale_of
from apps.matters.enums import MatterKind
from apps.matters.models import MatterType
from apps.matters.services import ensure_shipped_matter
from tests.cast import ROLES, Cast, _person

FIXTURE = Path(__file__).parents[2] / "fixtures" / "inspection" / "matter.json"
ROLES |= {
    "register_keeper": ["inspection.view_register", "inspection.keep_register"],
    "scale_drafter": ["inspection.view_register", "inspection.draft_scale"],
    "scale_enforcer": ["inspection.view_register", "inspection.enforce_scale"],
    "draw_planner": ["inspection.view_register", "inspection.plan_draws"],
    "draw_runner": [
        "inspection.view_register",
        "inspection.run_draws",
        "inspection.publish_results",
    ],
    "inspector": [
        "inspection.view_register",
        "inspection.record_results",
        "matters.handle_case",
    ],
}
INSPECTORS = 4


def lay_on(cast: Cast) -> Cast:
    """Will put the check matter in force and four inspectors of the east at work."""
    for name, role, unit, full_name in (
        ("keeper", "register_keeper", cast.east_works, "史册"),
        ("chief", "register_keeper", cast.center, "史总"),
        ("keeper_west", "register_keeper", cast.west_works, "史西"),
        ("drafter", "scale_drafter", cast.center, "起草"),
        ("drafter_east", "scale_drafter", cast.east_works, "起东"),
        ("enforcer", "scale_enforcer", cast.center, "启用"),
        ("planner", "draw_planner", cast.east_works, "计划"),
        ("runner", "draw_runner", cast.east_works, "抽签"),
        ("runner_west", "draw_runner", cast.west_works, "抽西"),
    ):
        cast.people[name] = _person(name, full_name, role, unit)
    matter = ensure_shipped_matter(
        SYSTEM, shipped=json.loads(FIXTURE.read_text("utf-8")), kind=MatterKind.SUPERVISION
    )
    for number in range(INSPECTORS):
        user = _person(f"inspector{number}", f"检查员{number}", "inspector", cast.east_works)
        cast.people[f"inspector{number}"] = user
        inspector(cast, user, matter, certificate=f"E{number}")
    return cast


def matter() -> MatterType:
    return MatterType.objects.get(code="supervision.random_check")


def inspector(cast: Cast, user: User, subject: MatterType, *, certificate: str) -> Inspector:
    new = services.NewInspector(
        user=user, unit=cast.east_works, certificate=certificate, subjects=[subject]
    )
    return services.save_inspector(cast.keeper, tenant=cast.tenant, new=new)


def credit_code(number: int) -> str:
    """Will give a valid code of an invented firm."""
    first = f"91990100MA0{number:06d}"
    return first + check_character(first)


def new_object(cast: Cast, number: int = 1, **changes: Any) -> services.NewObject:
    """Will give a firm of the eastern district."""
    lon, lat = cast.inside_east()
    columns: dict[str, Any] = {
        "kind": "firm",
        "name": f"测试商行{number:03d}",
        "credit_code": credit_code(number),
        "area": cast.east,
        "unit": cast.east_works,
        "address": "一号路1号",
        "lon": lon,
        "lat": lat,
    }
    return services.NewObject(**columns | changes)


def supervised(cast: Cast, number: int = 1, **changes: Any) -> SupervisedObject:
    return services.register_object(
        cast.keeper, tenant=cast.tenant, new=new_object(cast, number, **changes)
    )


def many(cast: Cast, count: int = 8) -> list[SupervisedObject]:
    return [supervised(cast, number) for number in range(1, count + 1)]


def new_plan(cast: Cast, **changes: Any) -> services.NewPlan:
    """Will give a plan over the eastern district that draws half of the grades B to D."""
    today = clock.today()
    columns: dict[str, Any] = {
        "title": "下半年抽查",
        "matter_type": matter(),
        "area": cast.east,
        "units": [cast.east_works],
        "rates": {"A": 1000, "B": 5000, "C": 5000, "D": 10_000},
        "from_on": today,
        "to_on": today + timedelta(days=20),
    }
    return services.NewPlan(**columns | changes)


def plan(cast: Cast, **changes: Any) -> DrawPlan:
    return services.save_plan(cast.planner, tenant=cast.tenant, new=new_plan(cast, **changes))


def frozen(cast: Cast, **changes: Any) -> Draw:
    return services.freeze_draw(cast.planner, plan_id=plan(cast, **changes).pk)


def drawn(cast: Cast, *, settle: Callable[[], Any] = outbox.drain, **changes: Any) -> Draw:
    """Will give a draw that was made and whose cases are open. settle: does what was ordered."""
    draw = services.run_draw(
        cast.runner, draw_id=frozen(cast, **changes).pk, public_seed="四月五日", witness="王见证"
    )
    settle()
    return draw


def lead_of(result: DrawResult) -> User:
    return result.inspectors.get(position=1).inspector.user


def new_result(finding: str = "no_problem", **changes: Any) -> services.NewResult:
    fails = finding in {"corrected", "ordered", "filed"}
    items = {"registration": "fail" if fails else "pass", "notice": "pass", "safety": "skipped"}
    columns: dict[str, Any] = {
        "finding": finding,
        "text": "现场查看，台账齐全",
        "public_text": "经检查未发现问题",
        "checked_on": clock.today(),
        "items": items,
    }
    return services.NewResult(**columns | changes)


def base_points(cast: Cast) -> int:
    return int(scale_of(cast.tenant.pk).body["base"])
