"""The demo's two months of operations: one frozen, one open to appeals. OP-16."""

from datetime import UTC, datetime

import pytest

from apps.accounts.services import seed_roles
from apps.appraisal.models import Appeal, Run, SubjectLine, Target
from apps.assets.services import define_classes
from apps.audit.services import SYSTEM
from apps.demo.stages.ops_appraisal import VENDORS, load_ops_appraisal
from tests.appraisal.factories import person
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("day", [20, 1])
def test_the_demo_has_a_frozen_month_and_one_with_appeals(cast: Cast, day: int) -> None:
    seed_roles()
    define_classes(SYSTEM)
    person("appraisal-manager1", "appraisal_manager", cast.center)
    person("appraisal-publisher1", "appraisal_publisher", cast.center)
    (lon, lat), (west_lon, west_lat) = cast.inside_east(), cast.inside_west()
    centers = [(lon, lat + nth * 1e-5) for nth in range(4)] + [
        (west_lon, west_lat + nth * 1e-5) for nth in range(4)
    ]
    until = datetime(2026, 11, day, 7, 0, tzinfo=UTC)
    cameras, outages = load_ops_appraisal(centers, tenant="testville", until=until, seed=2026)
    assert cameras == 8
    assert outages > 16
    assert list(Run.objects.order_by("month").values_list("state", flat=True)) == [
        "frozen",
        "appealing",
    ]
    lines = SubjectLine.objects.filter(kind="vendor", score__isnull=False)
    assert {one.key for one in lines} == set(VENDORS)
    assert Appeal.objects.count() >= 1
    assert Target.objects.count() == 6
