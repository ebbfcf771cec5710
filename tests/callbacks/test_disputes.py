"""HL-17: a unit objects once with evidence; a second person rules; what holds is not counted."""

from datetime import timedelta

import pytest

from apps.audit.models import AuditEntry
from apps.callbacks import selectors, services
from apps.callbacks.enums import DisputeState
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.hotline.models import Exclusion
from apps.hotline.rates.facts import read_facts
from apps.hotline.rates.formula import DEFAULT
from tests.callbacks.conftest import BAD, ELEVEN, answered, called, evidence


@pytest.fixture
def task(town, pool):
    with clock.at(ELEVEN):
        yield called(town, answered(town), BAD)


def file(town, task, by="disputer", reason="现场已于当日修复，有照片"):
    return services.file_dispute(town.people[by], task_id=task.pk, reason=reason, files=evidence())


def test_an_objection_that_holds_leaves_the_case_out_of_the_rates(town, task):
    dispute = file(town, task)
    ruled = services.rule_dispute(town.boss, dispute_id=dispute.pk, overturn=True, note="照片属实")
    assert ruled.state == DisputeState.OVERTURNED
    exclusion = Exclusion.objects.get(case=task.case)
    assert (exclusion.state, exclusion.filed_by_id, exclusion.decided_by_id) == (
        "approved",
        town.disputer.pk,
        town.boss.pk,
    )
    facts = read_facts(town.tenant, ELEVEN.date().replace(day=1), DEFAULT)
    assert [f.is_excluded for f in facts if f.case_id == task.case_id] in ([], [True])
    entry = AuditEntry.objects.get(action="callback_dispute.ruled")
    assert (entry.data["before"]["state"], entry.data["after"]["state"]) == (
        "pending",
        "overturned",
    )


def test_an_objection_refused_changes_nothing_and_is_not_ruled_twice(town, task):
    dispute = file(town, task)
    services.rule_dispute(town.boss, dispute_id=dispute.pk, overturn=False, note="证据不足")
    assert not Exclusion.objects.exists()
    with pytest.raises(Refused, match="已裁定"):
        services.rule_dispute(town.boss, dispute_id=dispute.pk, overturn=True, note="再议")


def test_who_may_not_object(town, task):
    with pytest.raises(NotFound):
        file(town, task, by="disputer_west")
    with pytest.raises(NotFound):
        file(town, task, by="callback")
    with pytest.raises(InvalidInput) as refusal:
        services.file_dispute(town.disputer, task_id=task.pk, reason="不服", files=[])
    assert refusal.value.field == "evidence"
    with pytest.raises(InvalidInput) as refusal:
        file(town, task, reason="  ")
    assert refusal.value.field == "reason"
    file(town, task)
    with pytest.raises(Refused, match="已提出过异议"):
        file(town, task)


def test_it_is_too_late_after_ten_days(town, task):
    with clock.at(ELEVEN + timedelta(days=11)), pytest.raises(Refused, match="十天"):
        file(town, task)


def test_neither_the_unit_nor_the_neighbour_rules(town, task):
    dispute = file(town, task)
    for name in ("boss_west", "callback"):
        with pytest.raises(NotFound):
            services.rule_dispute(
                town.people[name], dispute_id=dispute.pk, overturn=True, note="是"
            )
    town.disputer.is_superuser = True
    town.disputer.save()
    with pytest.raises(NotAllowed, match="由另一人办理"):
        services.rule_dispute(town.disputer, dispute_id=dispute.pk, overturn=True, note="是")
    assert list(selectors.list_disputes(town.boss_west)) == []
    assert list(selectors.list_disputes(town.disputer_west)) == []
    assert list(selectors.list_disputes(town.boss)) == [dispute]
