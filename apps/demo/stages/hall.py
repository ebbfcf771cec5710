"""The service hall of the demo city: service matters, guides, plans, and some applications."""

import random
from datetime import datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile

from apps.accounts.models import Tenant, User
from apps.audit.services import SYSTEM
from apps.common import clock, files, outbox
from apps.demo import texts
from apps.demo.geography import City
from apps.demo.history.pictures import draw_paper
from apps.demo.world import TENANT, World, department_code
from apps.guides import services as guides
from apps.guides.enums import Via
from apps.guides.models import Application, JointBusiness, QuestionTree
from apps.matters import services as matters
from apps.matters.actors import Reporter
from apps.matters.enums import MatterKind
from apps.matters.models import Case
from apps.places.models import Area
from apps.rules import services as rules

INSTANT, SAMPLE_PER_CENT = "service.elder_allowance", 50
# How far each birth has come: days before the end, parts decided, handed out.
BIRTHS = ((6, 3, True), (3, 3, False), (1, 1, False), (0, 0, False))


def load_hall(city: City, areas: dict[str, Area]) -> None:
    """Will put the service matters, their rules, guides and plans in force."""
    tenant = Tenant.objects.get(code=TENANT)
    editor = User.objects.get(username="guide-editor1")
    publisher = User.objects.get(username="guide-publisher1")
    shipped = texts.read("guides/matters")
    domains = {
        code: matters.ensure_domain(SYSTEM, code=code, name=name)
        for code, name in shipped["domains"]
    }
    for entry in shipped["matters"]:
        matter = matters.create_matter_type(
            SYSTEM,
            code=entry["code"],
            name=entry["name"],
            kind=MatterKind(entry["kind"]),
            domain=domains[entry["domain"]],
        )
        draft = matters.save_draft(SYSTEM, matter_type_id=matter.pk, body=entry["body"])
        matters.publish_version(SYSTEM, version_id=draft.pk)
        if entry["department"]:
            _table(tenant, city, areas, entry)
        guides.publish_guide(
            publisher,
            tenant=tenant,
            matter_code=entry["code"],
            windows=[guides.Window(**window) for window in entry["windows"]],
        )
    plans = texts.read("guides/plans")
    for plan in plans["joint"]:
        saved = guides.save_plan(editor, JointBusiness, tenant=tenant, **plan)
        guides.publish_plan(publisher, JointBusiness, plan_id=saved.pk)
    for plan in plans["questions"]:
        tree = guides.save_plan(editor, QuestionTree, tenant=tenant, **plan)
        guides.publish_plan(publisher, QuestionTree, plan_id=tree.pk)
    guides.switch_instant(
        publisher,
        tenant=tenant,
        matter_code=INSTANT,
        is_on=True,
        share=SAMPLE_PER_CENT,
        reason="共享数据已接通（演示）",
    )


def _table(tenant: Tenant, city: City, areas: dict[str, Area], entry: dict[str, Any]) -> None:
    """Gives every district's applications to the department of that district."""
    author = User.objects.get(username="author1")
    publisher = User.objects.get(username="publisher1")
    rows: list[dict[str, Any]] = [
        {
            "key": zone.code,
            "cells": {
                "area": {
                    "op": "within",
                    "areas": [{"path": areas[zone.code].path, "label": zone.name}],
                }
            },
            "outputs": {
                "unit": department_code(entry["department"], "district", zone.code),
                "limit": matters.write_limit(entry["body"]["clocks"][0]["default_limit"]),
            },
        }
        for zone in city.districts
    ]
    table = rules.create_table(
        author,
        code=entry["body"]["tables"]["dispatch"],
        name=f"{entry['name']}交办规则",
        vocabulary="matters.dispatch",
        tenant=tenant,
        purpose="按住址所在区确定承办部门（演示）",
    )
    body = {
        "hit_policy": "first",
        "inputs": ["area"],
        "outputs": ["unit", "limit"],
        "rows": rows,
    }
    draft = rules.save_draft(author, table=table, body=body, note="首版")
    first = city.districts[0]
    rules.add_test_case(
        author,
        table=table,
        name=f"{first.name}由本区部门办理",
        facts={"area": areas[first.code].path},
        expected=[rows[0]["outputs"]],
    )
    rules.submit(author, version=draft)
    rules.publish(publisher, version=draft, note="经核对，同意发布")


def load_applications(world: World, *, seed: int, until: datetime) -> int:
    """Will file some births and allowances and bring them differently far; gives their number.

    Safe to run again after a break: every application and every decision is made once.
    """
    rng = random.Random(seed)
    registry = texts.read("guides/registry")
    for number, (days, decided, handed_out) in enumerate(BIRTHS):
        filed_at = until - timedelta(days=days, hours=3)
        with clock.at(filed_at):
            application = _birth(world, rng, number)
            outbox.drain()
        for turn in range(decided):
            with clock.at(filed_at + timedelta(hours=2 * turn + 1)):
                _decide_next(world, application)
                outbox.drain()
        if handed_out:
            with clock.at(filed_at + timedelta(days=2)):
                _hand_out(world, application)
    people = [p for p in registry["population"] if p["born_on"] < "1965"]
    for number, person in enumerate(people):
        with clock.at(until - timedelta(hours=30 - number)):
            _allowance(world, rng, number, person, registry["bank_card"])
            outbox.drain()
    return len(BIRTHS) + len(people)


def _birth(world: World, rng: random.Random, number: int) -> Application:
    mother, father = texts.read("guides/registry")["population"][-2:]
    address, (lng, lat) = world.city.random_address(rng, _district(world, number))
    baby = mother["name"][0] + rng.choice("安宁乐禾知语") + rng.choice("一之然宜和")
    values = {
        "baby_name": baby,
        "baby_sex": rng.choice("fm"),
        "born_on": (clock.today() - timedelta(days=5)).isoformat(),
        "birth_hospital": f"{world.tenant.name}妇幼保健院",
        "mother_name": mother["name"],
        "mother_id": mother["id_number"],
        "has_father": True,
        "father_name": father["name"],
        "father_id": father["id_number"],
        "household_with": "mother",
        "address": address,
        "place": {"lng": lng, "lat": lat},
        "wants_insurance": True,
    }
    papers = {"mother_id_card": "身份证", "household_book": "户口簿"}
    at_window = number % 2 == 1
    actor: Any = world.people("window_clerk")[0] if at_window else Reporter(case_id=0)
    new = guides.NewApplication(
        matter="onething.birth",
        name=mother["name"],
        phone=texts.phone_number(rng),
        id_number=mother["id_number"],
        values=values,
        materials={code: [_paper(label)] for code, label in papers.items()},
        via=Via.WINDOW if at_window else Via.WEB,
        source_key=f"demo:birth:{number}",
    )
    return guides.file_application(actor, tenant=world.tenant, new=new)


def _allowance(
    world: World,
    rng: random.Random,
    number: int,
    person: dict[str, Any],
    cards: list[dict[str, Any]],
) -> None:
    card = next((c for c in cards if c["holder_id"] == person["id_number"]), cards[0])
    address, (lng, lat) = world.city.random_address(rng, _district(world, number))
    new = guides.NewApplication(
        matter=INSTANT,
        name=person["name"],
        phone=texts.phone_number(rng),
        id_number=person["id_number"],
        values={
            "elder_name": person["name"],
            "elder_id": person["id_number"],
            "card_number": card["number"],
            "address": address,
            "place": {"lng": lng, "lat": lat},
        },
        source_key=f"demo:allowance:{number}",
    )
    guides.file_application(Reporter(case_id=0), tenant=world.tenant, new=new)


def _decide_next(world: World, application: Application) -> None:
    """The department of the first open part signs and approves."""
    part = application.parts.filter(state="open").select_related("case__unit").first()
    if part is None or part.case is None or part.case.unit is None:
        return
    staff = world.people("department_staff", part.case.unit.code)[0]
    for action, data in (
        ("sign", {}),
        (
            "decide",
            {
                "decision": "approve",
                "opinion": "材料齐全，符合条件",
                "document_number": f"{part.code[:1].upper()}{part.case.number}",
            },
        ),
    ):
        matters.perform(staff, case_id=part.case.pk, action=action, data=data, key=f"demo:{action}")


def _hand_out(world: World, application: Application) -> None:
    case = Case.objects.get(pk=application.case_id)
    if case.state != "ready":
        return
    matters.perform(
        world.people("window_clerk")[0],
        case_id=case.pk,
        action="hand_out",
        data={"way": "window", "receiver": application.applicant_name},
        key="demo:hand_out",
    )


def _paper(label: str) -> dict[str, Any]:
    name = f"演示{label}.png"
    stored = files.store(ContentFile(draw_paper(label), name=name))
    return {"file": stored.pk, "name": name}


def _district(world: World, number: int) -> str:
    districts = world.city.districts
    return str(districts[number % len(districts)].code)
