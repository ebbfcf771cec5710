"""The town of the benchmarks: invented ground, 75 units, one person per kind of work.

Call after ``bench.setup_django()``, in a migrated empty database. The ground is the demo's; the
matter, its classes and who is responsible for what come from the profile the demo uses.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from benchmarks.runner import ROOT

SINCE = date(2020, 1, 1)
SEED = 20261121
PROFILE = ROOT / "fixtures" / "profiles" / "shandong.json"
LEVEL_OF_UNIT = {"city": "city", "district": "district", "street": "street"}
ROLES = {
    "acceptor": ["matters.accept_case", "hotline.take_calls", "hotline.register_demand"],
    "dispatcher": ["matters.dispatch_case", "matters.view_tenant_cases"],
    "handler": ["matters.handle_case"],
    "callback": ["matters.callback_case"],
    "supervisor": [
        "matters.supervise_case",
        "matters.view_tenant_cases",
        "figures.view_figures",
    ],
    "author": ["rules.view_ruletable", "rules.edit_rules"],
    "publisher": ["rules.view_ruletable", "rules.publish_rules"],
    "program": ["hotline.register_demand"],
    "administrator": ["gateway.manage_clients"],
}


@dataclass
class Town:
    """Rows the benchmarks refer to. units: those that handle cases; points: (lon, lat)."""

    tenant: Any
    units: list[Any]
    people: dict[str, Any] = field(default_factory=dict)
    points: list[tuple[float, float]] = field(default_factory=list)
    api_key: str = ""


def build_town(size: str = "default") -> Town:
    """Will lay down ground, units, people, the hotline's matter and its dispatch rules."""
    from apps.accounts.models import Tenant
    from apps.audit.services import SYSTEM
    from apps.clocks.services import ensure_default_calendar
    from apps.demo.geography.build import build_city
    from apps.demo.geography.loader import load_geography

    city = build_city(SEED, size)
    areas = load_geography(city, valid_from=SINCE).areas
    ensure_default_calendar(SYSTEM)
    profile = json.loads(PROFILE.read_text("utf-8"))
    tenant = Tenant.objects.create(code="bench", name="测试市", area=areas[city.city.code])
    center = _unit(tenant, "center", "市民热线受理中心", "center", tenant.area)
    town = Town(tenant, _units(tenant, profile, areas))
    for role in ROLES:
        unit = town.units[0] if role == "handler" else center
        town.people[role] = _person(role, role, unit)
    _matter(profile)
    _dispatch_table(town, profile)
    town.points = [cell.center for cell in city.cells]
    random.Random(SEED).shuffle(town.points)
    town.api_key = api_key(town, "program")
    return town


def sign_in(user: Any) -> str:
    """Will open a session and give the Cookie header's value, as after the sign-in page."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "apps.accounts.backends.AppointmentBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def _units(tenant: Any, profile: dict[str, Any], areas: dict[str, Any]) -> list[Any]:
    """One unit per department and area of its level; codes end with the area's code."""
    units = []
    for department in profile["departments"]:
        level = LEVEL_OF_UNIT[department["level"]]
        for area in sorted((a for a in areas.values() if a.level.code == level), key=_code):
            code = f"{department['code']}-{area.code}"
            name = f"{area.name}{department['name']}"
            units.append(_unit(tenant, code, name, "department", area))
    return units


def _code(area: Any) -> str:
    return str(area.code)


def _unit(tenant: Any, code: str, name: str, kind: str, area: Any) -> Any:
    from apps.accounts.models import Organization

    unit = Organization.objects.create(
        tenant=tenant, code=code, name=name, kind=kind, path="", area=area
    )
    unit.path = f"/{unit.pk}/"
    unit.save(update_fields=["path"])
    return unit


def _person(username: str, role_code: str, unit: Any) -> Any:
    from django.contrib.auth.models import Permission

    from apps.accounts.models import Appointment, Post, Role, User

    role = Role.objects.create(code=role_code, name=role_code)
    for permission in ROLES[role_code]:
        label, codename = permission.split(".")
        role.permissions.add(
            Permission.objects.get(content_type__app_label=label, codename=codename)
        )
    post = Post.objects.create(organization=unit, name=role_code)
    post.roles.add(role)
    user = User.objects.create_user(
        username=username, full_name=f"测试{role_code}", tenant=unit.tenant
    )
    Appointment.objects.create(user=user, post=post, from_on=SINCE)
    return user


def _matter(profile: dict[str, Any]) -> None:
    from apps.audit.services import SYSTEM
    from apps.common.models import Dictionary, DictionaryEntry
    from apps.matters.enums import MatterKind
    from apps.matters.models import MatterDomain
    from apps.matters.services import create_matter_type, publish_version, save_draft

    classes = Dictionary.objects.create(code="demand-class", name="诉求分类")
    DictionaryEntry.objects.bulk_create(
        DictionaryEntry(dictionary=classes, code=code, label=label, position=position)
        for position, (code, label) in enumerate(profile["classes"])
    )
    domain = MatterDomain.objects.create(code="livelihood", name="民生服务")
    matter_type = create_matter_type(
        SYSTEM, code="hotline.demand", name="民生诉求", kind=MatterKind.OPERATION, domain=domain
    )
    draft = save_draft(SYSTEM, matter_type_id=matter_type.pk, body=profile["matter"])
    publish_version(SYSTEM, version_id=draft.pk)


def _dispatch_table(town: Town, profile: dict[str, Any]) -> None:
    from apps.rules import services as rules

    rows = list(_rows(town, profile))
    body = {
        "hit_policy": "first",
        "inputs": ["class", "area"],
        "outputs": ["unit", "limit"],
        "rows": rows,
    }
    author, publisher = town.people["author"], town.people["publisher"]
    table = rules.create_table(
        author, code="hotline-dispatch", name="派单规则", vocabulary="matters.dispatch"
    )
    draft = rules.save_draft(author, table=table, body=body)
    first = rows[0]["cells"]
    rules.add_test_case(
        author,
        table=table,
        name="首行",
        facts={
            "class": first["class"]["values"][0],
            "area": first["area"]["areas"][0]["path"],
        },
        expected=[rows[0]["outputs"]],
    )
    rules.submit(author, version=draft)
    rules.publish(publisher, version=draft)


def _rows(town: Town, profile: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One row per duty and unit of its department, within that unit's area."""
    from apps.matters.limits import write_limit

    for number, duty in enumerate(profile["duties"], 1):
        if "limit" not in duty:
            continue
        for unit in town.units:
            if unit.code.rpartition("-")[0] != duty["department"]:
                continue
            place = {"path": unit.area.path, "label": unit.area.name}
            yield {
                "key": f"{number}-{unit.code}",
                "cells": {
                    "class": {"op": "in", "values": duty["classes"]},
                    "area": {"op": "within", "areas": [place]},
                },
                "outputs": {
                    "unit": unit.code,
                    "limit": write_limit(duty["limit"]),
                },
            }


def api_key(town: Town, role: str) -> str:
    """Will register an API client that acts as one of the people, and give its key."""
    from apps.audit.services import SYSTEM
    from apps.common import clock
    from apps.gateway.services import issue_client

    _client, key = issue_client(
        SYSTEM,
        name=f"测试系统 {role}",
        tenant=town.tenant,
        service_user=town.people[role],
        scopes=["*"],
        rate="6000000/min",
        expires_at=clock.now() + timedelta(days=30),
    )
    return key
