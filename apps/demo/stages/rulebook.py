"""Code lists, calendar, matter, dispatch rules, word list, lines, articles, API client."""

from datetime import datetime
from typing import Any

from apps.accounts.models import Organization, Tenant, User
from apps.audit.services import SYSTEM
from apps.clocks import services as clocks
from apps.common import dictionaries
from apps.demo import texts
from apps.demo.geography import City
from apps.demo.world import TENANT, department_code
from apps.hotline import services as hotline
from apps.matters import services as matters
from apps.matters.enums import EffectKind, MatterKind
from apps.nlp.proposals import load_words
from apps.places.models import Area
from apps.rules import services as rules

LINES = (
    ("l12345", "政务服务便民热线", "12345"),
    ("l12319", "城建服务热线", "12319"),
    ("l12315", "消费投诉举报专线", "12315"),
)
TABLE = "hotline-dispatch"


def load_rulebook(city: City, profile: dict[str, Any], areas: dict[str, Area]) -> None:
    """Will write everything that decides how a demand is handled."""
    tenant = Tenant.objects.get(code=TENANT)
    _dictionaries(profile)
    _calendar()
    load_words(texts.read("nlp/words"))
    for code, name, number in LINES:
        hotline.open_line(SYSTEM, tenant=tenant, code=code, name=name, number=number)
    publish_matter(profile)
    _dispatch_table(tenant, city, profile, areas)
    _listener(tenant)


def _dictionaries(profile: dict[str, Any]) -> None:
    for code, name, entries in (
        ("demand-family", "诉求大类", profile["families"]),
        ("demand-class", "诉求分类", profile["classes"]),
        ("return-reason", "退单理由", profile["return_reasons"]),
    ):
        dictionaries.ensure_dictionary(SYSTEM, code=code, name=name)
        for position, (entry, label) in enumerate(entries):
            dictionaries.save_entry(
                SYSTEM, dictionary_code=code, code=entry, label=label, position=position
            )


def _calendar() -> None:
    calendar = clocks.ensure_default_calendar(SYSTEM)
    for year in (2026, 2027):
        days = [
            clocks.NoticeDay(datetime.fromisoformat(d["date"]).date(), d["kind"], d["name"])
            for d in texts.read(f"clocks/holidays_{year}")["days"]
        ]
        clocks.import_days(
            SYSTEM, calendar_id=calendar.pk, days=days, reason=f"{year}年放假安排（演示）"
        )


def _listener(tenant: Tenant) -> None:
    """One matter that sets something off elsewhere: danger is told before anybody asks."""
    author = User.objects.get(username="author1")
    written = matters.create_listener(
        author,
        name="险情诉求提醒",
        purpose="塌陷、燃气、漏电的诉求一登记就提醒督查员",
        effect=EffectKind.NOTIFY,
        tenant=tenant,
        pattern={"matters": ["hotline.demand"], "actions": ["open"]},
        condition={"all": [{"fact": "text", "op": "contains", "words": ["塌", "燃气", "漏电"]}]},
        effect_data={
            "to": "permission",
            "permission": "matters.supervise_case",
            "title": "险情：{标题}",
            "body": "{受理编号} {地址}",
        },
    )
    matters.submit_listener(author, listener_id=written.pk)
    reviewer = User.objects.get(username="publisher1")
    matters.approve_listener(reviewer, listener_id=written.pk)


def publish_matter(profile: dict[str, Any]) -> None:
    """Will put the profile's hotline matter in force."""
    domain = matters.ensure_domain(SYSTEM, code="livelihood", name="民生服务")
    matter = matters.create_matter_type(
        SYSTEM, code="hotline.demand", name="民生诉求", kind=MatterKind.OPERATION, domain=domain
    )
    draft = matters.save_draft(SYSTEM, matter_type_id=matter.pk, body=profile["matter"])
    matters.publish_version(SYSTEM, version_id=draft.pk)


def _dispatch_table(
    tenant: Tenant, city: City, profile: dict[str, Any], areas: dict[str, Area]
) -> None:
    author = User.objects.get(username="author1")
    publisher = User.objects.get(username="publisher1")
    table = rules.create_table(
        author, code=TABLE, name="诉求派单规则", vocabulary="matters.dispatch", tenant=tenant,
        purpose="按诉求分类和区域确定承办单位与办理时限（演示）",
    )  # fmt: skip
    rows = dispatch_rows(city, profile, areas)
    draft = rules.save_draft(
        author,
        table=table,
        body={
            "hit_policy": "first",
            "inputs": ["class", "area"],
            "outputs": ["unit", "limit", "co_units"],
            "rows": rows,
        },
        note="首版",
    )
    district = city.districts[0]
    rules.add_test_case(
        author,
        table=table,
        name=f"{district.name}井盖问题交区城管局",
        facts={"class": "road.manhole", "area": areas[district.code].path},
        expected=[next(r["outputs"] for r in rows if r["key"].startswith("road.manhole"))],
    )
    rules.submit(author, version=draft)
    rules.publish(publisher, version=draft, note="经核对职责清单，同意发布")


def _helpers(duty: dict[str, Any], level: str, zone: str) -> dict[str, Any]:
    """Departments of the same level that help from the first day."""
    codes = [department_code(code, level, zone) for code in duty.get("helped_by", ())]
    return {"co_units": codes} if codes else {}


def dispatch_rows(
    city: City, profile: dict[str, Any], areas: dict[str, Area]
) -> list[dict[str, Any]]:
    """Will give a row for every duty in every area its department is divided by."""
    levels = {d["code"]: d["level"] for d in profile["departments"]}
    zones = {"city": (city.city,), "district": city.districts, "street": city.streets}
    rows = []
    for duty in profile["duties"]:
        level = levels[duty["department"]]
        for zone in zones[level]:
            cells: dict[str, Any] = {"class": {"op": "in", "values": duty["classes"]}}
            if level != "city":
                path = areas[zone.code].path
                cells["area"] = {
                    "op": "within",
                    "areas": [{"path": path, "label": zone.name}],
                }
            rows.append(
                {
                    "key": f"{duty['classes'][0]}-{zone.code}",
                    "cells": cells,
                    "outputs": {
                        "unit": department_code(duty["department"], level, zone.code),
                        "limit": matters.write_limit(duty["limit"]),
                    }
                    | _helpers(duty, level, zone.code),
                }
            )
    return rows


def load_knowledge() -> None:
    """Will write the articles: one editor proposes each, the approver puts it in force."""
    editor = User.objects.get(username="editor1")
    approver = User.objects.get(username="approver1")
    unit = Organization.objects.get(code="demo-knowledge")
    for entry in texts.read("demo/articles"):
        article = hotline.create_article(
            editor,
            unit=unit,
            wording=hotline.Wording(entry["title"], entry["body"]),
            placing=hotline.Placing(class_code=entry["class"]),
        )
        hotline.publish_article(approver, article_id=article.pk, number=1)
