"""The town with its service matters: three departments, a window, editors; all by services."""

import json
from pathlib import Path
from typing import Any

from apps.accounts.models import User
from apps.audit.services import SYSTEM
from apps.guides import services
from apps.guides.models import Application, JointBusiness, QuestionTree
from apps.matters.actors import Reporter
from apps.matters.enums import MatterKind
from apps.matters.services import create_matter_type, ensure_domain, publish_version, save_draft
from apps.rules import services as rules
from tests.cast import ROLES, Cast, _organization, _person

FIXTURES = Path(__file__).parents[2] / "fixtures" / "guides"
ROLES |= {
    "window_clerk": [
        "guides.file_application",
        "guides.hand_out_results",
        "matters.view_tenant_cases",
        "matters.reveal_reporter",
    ],
    "guide_editor": ["guides.edit_plan"],
    "guide_publisher": [
        "guides.publish_guide",
        "guides.switch_instant",
        "guides.review_instant",
        "matters.view_tenant_cases",
    ],
}
DEPARTMENTS = {
    "wjj": "东区卫生健康局",
    "gaj": "东区公安分局",
    "ybj": "东区医疗保障局",
    "rsj": "东区人力资源和社会保障局",
}
MOTHER = "370102199506184621"
PHONE = "13812345678"


def read(name: str) -> dict[str, Any]:
    """Will read one of the fixtures we ship."""
    found: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    return found


def lay_on(cast: Cast) -> Cast:
    """Will put the shipped matters in force, with their departments, tables, guides and plans."""
    for code, name in DEPARTMENTS.items():
        unit = _organization(cast.tenant, None, f"east-{code}", name, "department", cast.east)
        cast.people[code] = _person(f"{code}-1", f"{name}承办人", "handler", unit)
    for person, role in (
        ("clerk", "window_clerk"),
        ("editor", "guide_editor"),
        ("issuer", "guide_publisher"),
    ):
        cast.people[person] = _person(person, f"{person}姓名", role, cast.center)
    shipped = read("matters")
    domains = {c: ensure_domain(SYSTEM, code=c, name=n) for c, n in shipped["domains"]}
    for entry in shipped["matters"]:
        matter = create_matter_type(
            SYSTEM,
            code=entry["code"],
            name=entry["name"],
            kind=MatterKind.SERVICE,
            domain=domains[entry["domain"]],
        )
        draft = save_draft(SYSTEM, matter_type_id=matter.pk, body=entry["body"])
        publish_version(SYSTEM, version_id=draft.pk)
        if entry["department"]:
            _table(cast, entry["body"]["tables"]["dispatch"], f"east-{entry['department']}")
        services.publish_guide(
            cast.issuer,
            tenant=cast.tenant,
            matter_code=entry["code"],
            windows=[services.Window(**window) for window in entry["windows"]],
        )
    plans = read("plans")
    for model, kind in ((JointBusiness, "joint"), (QuestionTree, "questions")):
        for plan in plans[kind]:
            saved = services.save_plan(cast.editor, model, tenant=cast.tenant, **plan)
            services.publish_plan(cast.issuer, model, plan_id=saved.pk)
    return cast


def _table(cast: Cast, code: str, unit: str) -> None:
    row = {
        "key": "east",
        "cells": {
            "area": {"op": "within", "areas": [{"path": cast.east.path, "label": cast.east.name}]}
        },
        "outputs": {"unit": unit, "limit": "2个工作日"},
    }
    table = rules.create_table(cast.author, code=code, name=code, vocabulary="matters.dispatch")
    body = {
        "hit_policy": "first",
        "inputs": ["area"],
        "outputs": ["unit", "limit"],
        "rows": [row],
    }
    draft = rules.save_draft(cast.author, table=table, body=body)
    facts = {"area": cast.east.path}
    rules.add_test_case(
        cast.author, table=table, name="东区", facts=facts, expected=[row["outputs"]]
    )
    rules.submit(cast.author, version=draft)
    rules.publish(cast.publisher, version=draft)


def birth_values(**changes: Any) -> dict[str, Any]:
    """Will give the shared form of a birth in the eastern district, with insurance."""
    lon, lat = Cast.inside_east()
    return {
        "baby_name": "林小满",
        "baby_sex": "f",
        "born_on": "2026-11-01",
        "birth_hospital": "测试市妇幼保健院",
        "mother_name": "林晓雨",
        "mother_id": MOTHER,
        "has_father": False,
        "household_with": "mother",
        "address": "解放路8号",
        "place": {"lng": lon, "lat": lat},
        "wants_insurance": True,
    } | changes


def paper(cast: Cast, name: str = "证件.jpg") -> list[dict[str, Any]]:
    """Will give one stored picture as a material holds it."""
    from django.core.files.base import ContentFile

    from apps.common import files
    from tests.flows.steps import photo

    stored = files.store(ContentFile(photo()["buffer"], name=name))
    return [{"file": stored.pk, "name": name}]


def birth(cast: Cast, actor: Any = None, **changes: Any) -> Application:
    """Will file a birth for 林晓雨 with both papers."""
    values: dict[str, Any] = {
        "matter": "onething.birth",
        "name": "林晓雨",
        "phone": PHONE,
        "id_number": MOTHER,
        "values": birth_values(),
        "materials": {
            "mother_id_card": paper(cast, "身份证.jpg"),
            "household_book": paper(cast, "户口簿.jpg"),
        },
    }
    new = services.NewApplication(**(values | changes))
    return services.file_application(actor or Reporter(case_id=0), tenant=cast.tenant, new=new)


def allowance(cast: Cast, **changes: Any) -> Application:
    """Will file an allowance for 陈守仁, whom the invented registry knows."""
    registry = read("registry")
    person, card = registry["population"][0], registry["bank_card"][0]
    values = {
        "elder_name": person["name"],
        "elder_id": person["id_number"],
        "card_number": card["number"],
        "address": "解放路8号",
        "place": birth_values()["place"],
    } | changes
    return services.file_application(
        Reporter(case_id=0),
        tenant=cast.tenant,
        new=services.NewApplication(
            matter="service.elder_allowance",
            name=person["name"],
            phone=PHONE,
            id_number=person["id_number"],
            values=values,
        ),
    )


def switch_on(actor: User, cast: Cast, share: float = 0) -> None:
    """Will let the allowance be granted instantly."""
    services.switch_instant(
        actor,
        tenant=cast.tenant,
        matter_code="service.elder_allowance",
        is_on=True,
        share=share,
        reason="试运行",
    )
