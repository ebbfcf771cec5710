"""Names nobody would choose still fit: the studio and the rules on a small phone."""

from typing import Any

import pytest

from apps.accounts.models import User
from apps.matters.models import MatterType, MatterVersion
from apps.rules.models import RuleTable
from tests.flows.conftest import Town
from tests.flows.width import overflow
from tests.matters import joint
from tests.matters.studio import factories as make

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PERSON = "港东区城市管理综合行政执法局规则专班alexander.montgomery@example"
PARTS = ("states", "actors", "actions", "splits", "calls", "clocks", "materials_in")


def long_version(town: Town) -> MatterVersion:
    """Will give a draft in which everything has a name without a place to break."""
    body = make.body()
    for section in ("states", "actions", "clocks"):
        for row in body[section]:
            row["label"] = "n" * 40
    for actor in body["actors"].values():
        actor["label"] = "a" * 40
    body["basic"]["summary"] = "s" * 300
    body["materials_in"] = [{"code": "a", "label": "m" * 80, "source": "citizen"}]
    common = {"label": "p" * 40, "from": ["doing"], "join": {"to": "done"}}
    split = {"code": "s", "table": joint.TABLE, "after": ["sign"], **common}
    body["splits"] = [split | {"join": {"policy": "all"}}]
    body["calls"] = [{"code": "c", "matter": "hotline.demand", **common}]
    body["actions"].append({"code": "call_matter", "from": ["doing"], "who": ["unit"]})
    version = make.draft(town.cast.author, **body)
    MatterType.objects.filter(pk=version.matter_type_id).update(name="t" * 80)
    return version


def test_long_names_fit_a_small_phone(town: Town, settings: Any) -> None:
    settings.DEMO = False
    joint.publish(joint.PART, joint.PART_BODY)
    joint.publish_table(town.cast, [joint.row(town.cast, 1)])
    version = long_version(town)
    User.objects.filter(pk__in=[town.cast.author.pk, town.cast.publisher.pk]).update(
        full_name=PERSON
    )
    RuleTable.objects.update(name="r" * 80, purpose="p" * 200)
    base = f"/matters/types/{version.matter_type.code}/"
    rows = [f"{base}1/rows/{part}/0/" for part in PARTS]
    rules = [f"/rules/tables/{code}/versions/1/" for code in ("hotline-dispatch", joint.TABLE)]
    page = town.enter(town.cast.author)
    faults = []
    for path in [base, f"{base}1/", f"{base}1/try/?state=doing", *rows, *rules]:
        town.visit(page, path)
        for width in (1440, 1024, 390, 320):
            page.set_viewport_size({"width": width, "height": 900})
            if too_wide := overflow(page):
                faults.append(f"{path}: {too_wide}")
    assert "\n".join(faults) == ""
