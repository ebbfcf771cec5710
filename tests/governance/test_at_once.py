"""Two at once, with real threads: a month is frozen once, appealed once, ruled on once."""

from typing import Any

import pytest

from apps.audit.models import AuditEntry
from apps.common.errors import DomainError, Refused
from apps.governance.enums import AppealState, RunState
from apps.governance.models import Appeal, AppraisalRun
from apps.governance.selectors import appraisal as reads
from apps.governance.services import appraisal
from tests.cast import Cast
from tests.governance.test_appraisal import computed, paper, walk
from tests.matters.test_two_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def refusals(results: list[Any]) -> list[bool]:
    return sorted(isinstance(each, DomainError) for each in results)


def test_appeal_ruling_and_freeze_at_once(governed: Cast) -> None:
    walk(governed)
    run = computed(governed)
    fact = run.lines.get(subject_id=governed.worker.pk).facts.order_by("pk")[0]

    def appeal() -> Appeal:
        return appraisal.file_appeal(
            governed.worker, fact_id=fact.pk, reason="暴雨", files=[paper()]
        )

    def publish() -> AppraisalRun:
        return appraisal.publish_run(governed.chief, run_id=run.pk)

    def rule(*, grant: bool) -> Appeal:
        filed = Appeal.objects.get()
        return appraisal.rule_appeal(governed.chief, appeal_id=filed.pk, grant=grant, ruling="查实")

    assert refusals(at_once(appeal, appeal)) == [False, True]
    assert Appeal.objects.count() == 1
    ruled = at_once(lambda: rule(grant=True), lambda: rule(grant=False))
    assert refusals(ruled) == [False, True]
    assert AuditEntry.objects.filter(action="appraisal_appeal.ruled").count() == 1
    won = next(each for each in ruled if isinstance(each, Appeal))
    assert Appeal.objects.get().state == won.state
    run = computed(governed)
    assert refusals(at_once(publish, publish)) == [False, True]
    assert reads.is_untouched(AppraisalRun.objects.get())
    late = at_once(publish, lambda: computed(governed))
    assert all(isinstance(each, Refused) for each in late)


def test_whoever_is_first_of_appeal_and_freeze_shuts_the_other_out(governed: Cast) -> None:
    walk(governed)
    run = computed(governed)
    fact = run.lines.get(subject_id=governed.worker.pk).facts.order_by("pk")[0]
    results = at_once(
        lambda: appraisal.publish_run(governed.chief, run_id=run.pk),
        lambda: appraisal.file_appeal(
            governed.worker, fact_id=fact.pk, reason="暴雨", files=[paper()]
        ),
    )
    assert refusals(results) == [False, True]
    run.refresh_from_db()
    pending = Appeal.objects.filter(state=AppealState.PENDING).exists()
    assert (run.state == RunState.PUBLISHED) is not pending
