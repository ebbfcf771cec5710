"""Every page two clicks away of those who keep the grid, its workers and its files."""

from typing import Any

import pytest

from tests.cast import ROLES, Cast, _person
from tests.fieldwork import factories as fieldwork
from tests.flows.conftest import Town
from tests.flows.crawl import Crawl, kind_of
from tests.governance import factories as governance
from tests.grid import factories as grid
from tests.registry import factories as registry

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WARDEN = [
    "matters.view_tenant_cases",
    "matters.supervise_case",
    "places.draw_cells",
    "assets.register_asset",
    "assets.survey_asset",
    "assets.rule_survey",
    "fieldwork.view_workers",
    "fieldwork.lead_workers",
    "fieldwork.plan_patrols",
    "fieldwork.view_tracks",
    "registry.view_files",
    "registry.collect_files",
    "registry.keep_files",
    "registry.share_files",
    "registry.define_files",
    "registry.view_enrolments",
    "registry.keep_enrolments",
    "grid.report_events",
    "grid.keep_classes",
    "governance.view_governance",
    "governance.keep_centres",
    "governance.mediate_disputes",
    "governance.view_situation",
    "governance.draft_appraisal",
    "governance.keep_assessments",
    "governance.view_burden",
    "phone.read_kept",
]


def furnish(cast: Cast) -> None:
    """Will put something on every list of the grid."""
    governance.lay_on(registry.lay_on(grid.lay_on(cast)))
    fieldwork.patrol(fieldwork.worker(cast), [cast.cells["east"][0]])
    registry.person(cast)
    registry.house(cast, 2)
    grid.reported(cast)
    grid.filed(cast, title="井盖破损")
    governance.sat(cast, governance.mediating(cast))


def test_the_pages_of_the_grid(town: Town, settings: Any) -> None:
    settings.DEMO = False
    furnish(town.cast)
    ROLES.setdefault("warden", WARDEN)
    crawl = Crawl(town)
    page = town.enter(_person("warden", "网格主任", "warden", town.cast.center))
    crawl.walk(page, "/governance/situation/", depth=2)
    for door in ("/places/cells/", "/registry/", "/fieldwork/", "/grid/"):
        if kind_of(door) not in crawl.seen:
            crawl.walk(page, door, depth=1)
    assert "\n".join(crawl.faults) == ""
    assert len(crawl.seen) > 40
