"""People of the registry and files, made through the services."""

import uuid
from typing import Any

from apps.accounts.models import User
from apps.common import clock
from apps.registry import services
from apps.registry.care_bodies import check_body
from apps.registry.models import Edit, RegistryFile, SpecialType
from tests.cast import ROLES, Cast, _person

COLLECT = ["registry.view_files", "registry.collect_files", "registry.visit_enrolments"]
ROLES |= {
    "collector": COLLECT,
    "registry_keeper": [
        "registry.view_files",
        "registry.keep_files",
        "registry.reveal_files",
        "registry.export_files",
        "registry.share_files",
        "registry.define_files",
        "registry.view_enrolments",
        "registry.keep_enrolments",
    ],
    "registry_reader": ["registry.view_files"],
    "emergency": ["registry.view_files", "registry.break_glass"],
    "auditor": ["audit.read_audit"],
    "export_checker": ["accounts.approve_exports"],
}
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def lay_on(cast: Cast) -> Cast:
    """Will appoint collectors of both districts, keepers, a reader and an emergency officer."""
    for name, role, unit, full_name in (
        ("collector", "collector", cast.east_works, "冯采"),
        ("collector_two", "collector", cast.east_works, "冯集"),
        ("collector_west", "collector", cast.west_works, "冯西"),
        ("registrar", "registry_keeper", cast.east_works, "史册"),
        ("registrar_west", "registry_keeper", cast.west_works, "史西"),
        ("reader", "registry_reader", cast.east_works, "阅读"),
        ("emergency", "emergency", cast.center, "应急"),
        ("auditor", "auditor", cast.center, "审计"),
        ("export_checker", "export_checker", cast.center, "核准"),
    ):
        cast.people[name] = _person(name, full_name, role, unit)
    return cast


def id_number(number: int, *, born: str = "19800301") -> str:
    """Will give a valid identity number of nobody: the division does not exist."""
    first = f"990100{born}{number:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(first, WEIGHTS, strict=True))
    return first + "10X98765432"[total % 11]


def person_values(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Will give the form of a person who lives in the eastern district."""
    return {
        "name": f"张试{number:03d}",
        "id_number": id_number(number),
        "phone": f"1380000{number:04d}",
        "household": "resident",
        "address": f"一号路{number}号",
        "point": {"lng": 120.012, "lat": 36.012},
    } | changes


def house_values(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Will give the form of a house of the eastern district."""
    return {
        "address": f"一号路{number}号",
        "building": "1",
        "room": "101",
        "nature": "rent",
        "point": {"lng": 120.012, "lat": 36.012},
    } | changes


def edit(
    actor: User, kind: str, values: dict[str, Any], *, file: RegistryFile | None = None, **more: Any
) -> Edit:
    """Will send an edit under a fresh key."""
    options: dict[str, Any] = {
        "key": uuid.uuid4().hex,
        "file_id": file.pk if file else None,
        "base_version": file.version if file else None,
        "at": clock.now(),
    }
    return services.edit_file(actor, kind=kind, values=values, **options | more)


def made(actor: User, kind: str, values: dict[str, Any]) -> RegistryFile:
    """Will make a file."""
    found = edit(actor, kind, values).file
    assert found is not None
    return found


def person(cast: Cast, number: int = 1, **changes: Any) -> RegistryFile:
    return made(cast.collector, "person", person_values(number, **changes))


def house(cast: Cast, number: int = 1, **changes: Any) -> RegistryFile:
    return made(cast.collector, "premises", house_values(number, **changes))


BODY: dict[str, Any] = {
    "fields": [{"name": "diagnosis", "label": "诊断", "type": "text", "masked": True}],
    "visit_fields": [{"name": "mood", "label": "情绪", "type": "text"}],
    "states": [
        {"code": "in_care", "label": "在管"},
        {"code": "lost", "label": "失访"},
        {"code": "left", "label": "已退出", "is_end": True},
    ],
    "moves": [["in_care", "lost"], ["lost", "in_care"], ["in_care", "left"]],
    "grades": [
        {"code": "low", "label": "低", "visit_days": 30},
        {"code": "high", "label": "高", "visit_days": 7},
    ],
    "tests": [{"code": "urine", "label": "尿检", "days": 14}],
}


def special_type(cast: Cast, **changes: Any) -> SpecialType:
    """Will give a type with two grades and a test of its own."""
    assert check_body(BODY) == []
    columns: dict[str, Any] = {"code": "care", "name": "关爱对象", "body": BODY}
    return SpecialType.objects.create(tenant=cast.tenant, **columns | changes)
