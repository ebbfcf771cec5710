"""Two at once, with real threads: a month is ordered, computed, appealed and frozen once. OP-16."""

from datetime import timedelta
from typing import Any

import pytest

from apps.appraisal import services
from apps.appraisal.enums import PassState, RunState
from apps.appraisal.models import Appeal, Pass, PointFact, Run
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import DomainError
from tests.appraisal.factories import (
    HOUR,
    known_for_long,
    last_month,
    outage,
    paper,
    point,
    scheme,
)
from tests.cast import Cast
from tests.matters.test_two_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def refusals(results: list[Any]) -> list[bool]:
    return sorted(isinstance(each, DomainError) for each in results)


def test_a_month_goes_its_way_once_whoever_else_tries(desk: Cast) -> None:
    asset = point(desk)
    known_for_long(asset)
    made = outage(asset, HOUR, HOUR)
    scheme(desk)

    def order() -> Pass:
        return services.order_pass(desk.manager, tenant=desk.tenant, month=last_month().first)

    first, second = at_once(order, order)
    assert first.pk == second.pk
    assert sorted(at_once(services.compute_due, services.compute_due)) == [0, 1]
    run = services.open_run(desk.manager, run_id=Run.objects.get().pk)
    fact = PointFact.objects.get(of=run.shown, key=f"outage:{made.pk}")

    def appeal() -> Appeal:
        return services.file_appeal(
            desk.vendor_a, fact_id=fact.pk, wish="leave_out", cause="", reason="停电",
            files=[paper()],
        )  # fmt: skip

    assert refusals(at_once(appeal, appeal)) == [False, True]

    def rule() -> Appeal:
        filed = Appeal.objects.get()
        return services.rule_appeal(desk.rater, appeal_id=filed.pk, grant=False, ruling="不属实")

    assert refusals(at_once(rule, rule)) == [False, True]
    assert AuditEntry.objects.filter(action="ops_appeal.ruled").count() == 1
    Run.objects.update(appeal_until=clock.today() - timedelta(days=1))

    def freeze() -> Run:
        return services.freeze_run(desk.rater, run_id=run.pk)

    assert refusals(at_once(freeze, order)) == [False, True]
    if Run.objects.get().state == RunState.FROZEN:
        assert not Pass.objects.exclude(state=PassState.DONE).exists()
    else:
        services.compute_due()
        assert refusals(at_once(freeze, freeze)) == [False, True]
    assert AuditEntry.objects.filter(action="ops_appraisal.frozen").count() == 1
