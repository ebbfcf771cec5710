"""Work orders in the appraisal: repair rate, four statistics, targets. OP-15, OP-16, OP-17."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.appraisal import services
from apps.appraisal.enums import Grade
from apps.appraisal.models import PointFact, PointFigure
from apps.appraisal.reports import REPORTS, Asked
from apps.appraisal.selectors.runs import month_of
from apps.appraisal.selectors.targets import list_targets, track
from apps.appraisal.services.targets import NewTarget
from apps.assets.models import Asset
from apps.common import clock
from apps.monitoring.models import Outage
from apps.ops.models import WorkOrder
from apps.ops.services import do
from tests.appraisal.factories import BODY, person
from tests.cast import Cast
from tests.ops.factories import answered, confirmed, lay_on, the_camera

pytestmark = pytest.mark.django_db
OCTOBER = date(2026, 10, 1)
FIRM = "大汇运维公司"


def at(day: int, hour: int = 9) -> datetime:
    return timezone.make_aware(datetime(2026, 10, day, hour))


@pytest.fixture
def repaired(cast: Cast) -> Cast:
    """October: one order of the firm repaired in time, one never; the camera is the firm's."""
    with clock.at(at(1)):
        lay_on(cast)
    Asset.objects.filter(pk=the_camera().pk).update(vendor=FIRM)
    with clock.at(at(5)):
        done = answered(cast, key="done")
    with clock.at(at(5, 10)):
        do(cast.manager, order_id=done.pk, action="close", data={"note": "已核实"})
    with clock.at(at(12)):
        confirmed(cast, key="open")
    firm = WorkOrder.objects.get(pk=done.pk).vendor
    assert firm is not None
    cast.people |= {
        "scores": person("scores", "appraisal_manager", cast.center),
        "rater": person("rater", "appraisal_publisher", cast.center),
        "scores_west": person("scores_west", "appraisal_manager", cast.west_works),
        "contact": person("contact", "appraisal_vendor", firm),
    }
    return cast


def asked(cast: Cast, viewer: User) -> Asked:
    return Asked(viewer, cast.tenant, month_of(OCTOBER))


def test_a_repair_counts_in_the_month_its_limit_fell_into(repaired: Cast) -> None:
    draft = services.draft_scheme(
        repaired.scores, tenant=repaired.tenant, name="方案", basis="办法",
        body=BODY | {"excused": []}, effective_from=date(2026, 1, 1),
    )  # fmt: skip
    services.submit_scheme(repaired.scores, scheme_id=draft.pk)
    services.decide_scheme(repaired.rater, scheme_id=draft.pk, publish=True)
    watched(the_camera())
    services.order_pass(repaired.scores, tenant=repaired.tenant, month=OCTOBER)
    services.compute_due()
    figure = PointFigure.objects.get(asset=the_camera())
    assert figure.rates["repair"] == [1, 2]
    facts = PointFact.objects.filter(kind="order").order_by("began_at")
    assert [fact.detail["done"] is not None for fact in facts] == [True, False]


def watched(asset: Asset) -> None:
    Outage.objects.create(
        asset=asset, kind="offline", began_at=at(1) - timedelta(days=90),
        ended_at=at(1) - timedelta(days=89), source="test",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("code", "check"),
    [
        ("orders-areas", lambda row: (row["all"], row["closed"], row["open"]) == (2, 1, 1)),
        ("orders-people", lambda row: (row["repairs"], row["accepted"], row["cost"]) == (1, 1, 80)),
        ("orders-handling", lambda row: row["all"] == 2 and row["restore_s"] is not None),
        ("orders-on-time", lambda row: (row["vendor"], row["restore"]) == (FIRM, 100)),
    ],
)
def test_the_four_statistics_of_orders(
    repaired: Cast, code: str, check: Callable[[dict[str, object]], bool]
) -> None:
    (row,) = REPORTS[code].read(asked(repaired, repaired.scores))
    assert check(row), row
    assert REPORTS[code].read(asked(repaired, repaired.contact))
    assert REPORTS[code].read(asked(repaired, repaired.scores_west)) == []


def test_targets_are_followed_and_rated_from_orders(repaired: Cast) -> None:
    new = NewTarget(OCTOBER, FIRM, quantity=2, hours=Decimal(100), cost=Decimal(100))
    services.set_target(repaired.scores, tenant=repaired.tenant, new=new)
    (tracked,) = track(list_targets(repaired.contact, repaired.tenant, OCTOBER))
    assert (tracked.done, tracked.cost) == (1, Decimal(200))
    # Half the quantity, in time, twice the cost, the one limit kept: (50 + 100 + 50 + 100) / 4.
    assert (tracked.score, tracked.grade) == (Decimal("75.00"), Grade.PASSED)
