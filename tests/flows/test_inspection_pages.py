"""Every page of the draws, for each who works with them: it answers, it fits, it is reachable."""

from typing import Any

import pytest

from apps.inspection import credit
from tests.flows.conftest import Town, work
from tests.flows.crawl import Crawl
from tests.inspection import factories as make
from tests.inspection.test_scales import draft_of, enforced

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class OwnPages(Crawl):
    """Follows links to this app's pages only; the others have their own walk."""

    def open(self, page: Any, path: str, *, examine: bool) -> list[str]:
        links = super().open(page, path, examine=examine)
        return [link for link in links if link.startswith("/inspection/")]


@pytest.fixture(autouse=True)
def no_demo(settings: Any) -> None:
    """The town of the tests is no demo city."""
    settings.DEMO = False


def test_the_pages_of_the_draws(town: Town) -> None:
    cast = make.lay_on(town.cast)
    make.many(cast, 6)
    waiting = make.frozen(cast, title="待抽取的计划")
    draw = make.drawn(cast, title="已抽取的计划", settle=work)
    first, second, third = draw.results.all()
    for result in (first, second):
        make.services.record_result(
            make.lead_of(result), result_id=result.pk, new=make.new_result("ordered")
        )
    make.services.publish_result(cast.runner, result_id=first.pk)
    make.services.return_result(cast.runner, result_id=second.pk, reason="照片不清")
    unfrozen = make.plan(cast, title="未锁定的计划")
    crawl = OwnPages(town)
    inspector = draw.results.first().inspectors.first().inspector
    single = [
        f"/inspection/objects/{first.supervised_id}/",
        f"/inspection/objects/{first.supervised_id}/edit/",
        f"/inspection/inspectors/{inspector.pk}/",
        *(f"/inspection/plans/{plan.pk}/" for plan in (waiting.plan, draw.plan, unfrozen)),
        *(f"/inspection/draws/{one.number}/" for one in (waiting, draw)),
        *(f"/inspection/checks/{result.pk}/" for result in (first, second, third)),
    ]
    for person in (cast.keeper, cast.planner, cast.runner, make.lead_of(third)):
        page = town.enter(person)
        crawl.walk(page, "/", depth=2)
        for path in single:
            if person == cast.keeper or "edit" not in path:
                crawl.open(page, path, examine=True)
        page.context.close()
    page = town.enter(make.lead_of(third))
    crawl.open(page, f"/cases/{third.case_id}/", examine=True)
    public = town.window()
    crawl.walk(public, "/inspection/public/", depth=2)
    for one in (waiting, draw):
        crawl.open(public, f"/inspection/public/draws/{one.number}/", examine=True)
    assert "\n".join(crawl.faults) == ""
    assert len(crawl.seen) > 10


def test_the_pages_of_the_credit_scale(town: Town) -> None:
    cast = make.lay_on(town.cast)
    make.many(cast, 3)
    enforced(cast)
    work()
    draft_of(cast, credit.DEFAULT_SCALE | {"base": 50})
    crawl = OwnPages(town)
    for person, paths in (
        (cast.drafter, ("", "0/", "1/", "draft/", "draft/preview/")),
        (cast.enforcer, ("", "draft/preview/")),
        (cast.keeper, ("",)),
    ):
        page = town.enter(person)
        for path in paths:
            crawl.open(page, f"/inspection/scale/{path}", examine=True)
        page.context.close()
    assert "\n".join(crawl.faults) == ""
