"""Formulas, exclusions, closed months: who may, when, and what the figures then say."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError

from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.hotline.models import AppraisalLine, AppraisalMonth, Exclusion
from apps.hotline.rates import selectors, services
from apps.hotline.rates.facts import read_facts
from apps.hotline.rates.formula import DEFAULT
from apps.hotline.rates.selectors import Asked
from apps.matters.models import CaseEvent, Request
from apps.notices.models import Notice
from tests.cast import Cast
from tests.hotline.rates.conftest import (
    IN_OCTOBER,
    OCTOBER,
    closed_in_october,
    evidence,
    published,
)
from tests.matters import factories as make

pytestmark = pytest.mark.django_db
NOVEMBER = date(2026, 11, 1)
UNSOLVED = {"solved": "no", "result_score": "1"}
LATER = datetime(2026, 11, 5, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def november():
    """Every test lives in November unless it says otherwise."""
    with clock.at(LATER):
        yield


def view(town: Cast, viewer=None):
    return selectors.read_month(viewer or town.rate_author, OCTOBER)


def apply_for(town: Cast, case, actor=None):
    return services.file_exclusion(
        actor or town.filer,
        case_id=case.pk,
        reason_code="unreasonable",
        reason="诉求人要求赔偿与事实不符",
        files=evidence(),
    )


class TestFigures:
    def test_a_month_is_counted_from_its_cases(self, town):
        published(town)
        good, bad = closed_in_october(town), closed_in_october(town, **UNSOLVED)
        with clock.at(IN_OCTOBER):
            make.answered(town)  # not closed: not in the month
        found = view(town)
        assert found.total.counted == 2
        assert found.total.rate("solved") == Decimal("50.00")
        assert found.total.score(found.rules.weights) == Decimal("65.00")
        missed = selectors.entries_behind(found, Asked("solved", "missed"))
        assert [entry.case_id for entry in missed] == [bad.pk]
        assert {e.case_id for e in selectors.entries_behind(found, Asked("solved", "den"))} == {
            good.pk,
            bad.pk,
        }

    def test_every_figure_is_as_long_as_the_list_behind_it(self, town):
        published(town)
        for _number in range(2):
            closed_in_october(town)
            closed_in_october(town, **UNSOLVED)
        case = closed_in_october(town, **UNSOLVED)
        exclusion = apply_for(town, case)
        services.decide_exclusion(town.ruler, exclusion_id=exclusion.pk, approve=True, note="")
        found = view(town)
        total = found.total
        for rate in ("response", "solved", "satisfied"):
            for part, n in (("num", total.part[rate]), ("den", total.whole[rate])):
                assert len(selectors.entries_behind(found, Asked(rate, part))) == n
        (gone,) = selectors.entries_behind(found, Asked(part="excluded"))
        assert (gone.case_id, gone.reason) == (case.pk, "exclusion")

    def test_opened_basis_takes_the_month_of_registration(self, town):
        published(town, basis="opened")
        with clock.at(IN_OCTOBER):
            make.handling(town)
        assert view(town).total.counted == 1

    def test_a_district_sees_its_own(self, town):
        published(town)
        closed_in_october(town)
        assert view(town, town.ruler).total.counted == 1
        with pytest.raises(NotFound):
            view(town, town.outsider)

    def test_ranking_by_unit_and_area(self, town):
        published(town)
        closed_in_october(town)
        found = view(town)
        (unit,) = selectors.rank_units(found)
        assert (unit.place, unit.name, unit.score) == (1, "东区城市管理局", Decimal("100.00"))
        (area,) = selectors.rank_areas(town.rate_author, found)
        assert area.name == "东区"

    def test_unreachable_is_counted_as_the_formula_says(self, town):
        with clock.at(IN_OCTOBER):
            case = make.answered(town)
            silent = {"reached": "no", "next_step": "retry", "comment": "无人接听"}
            for _number in range(2):
                make.act(town.callback, case, "call_back", silent)
            make.act(town.callback, case, "call_back", silent | {"next_step": "close"})
        published(town)
        assert view(town).total.whole["solved"] == 0
        published(town, unreachable="failed")
        assert (view(town).total.part["solved"], view(town).total.whole["solved"]) == (0, 1)

    @pytest.mark.parametrize(
        ("asked", "granted", "taken_back", "is_out"),
        [
            ((10, 30), (11, 2), None, True),
            ((10, 30), (11, 2), (11, 5), True),  # it lay in the pool when October ended
            ((10, 20), (10, 21), (10, 28), False),  # back at work in October
            ((11, 2), (11, 3), (11, 5), False),  # parked and taken back after October
        ],
    )
    def test_the_pool_counts_from_the_request(self, town, asked, granted, taken_back, is_out):
        published(town, pool="excluded")
        case = closed_in_october(town)
        Request.objects.create(
            case=case,
            kind="parking",
            state="approved",
            reason="管网改造后解决",
            asked_at=datetime(2026, *asked, tzinfo=UTC),
            asked_by_name="王强",
            decided_at=datetime(2026, *granted, tzinfo=UTC),
        )
        if taken_back:
            CaseEvent.objects.create(
                case=case,
                seq=99,
                action="unpark",
                label="移出挂账",
                at=datetime(2026, *taken_back, tzinfo=UTC),
                to_state=case.state,
            )
        assert view(town).total.excluded == ({"pool": 1} if is_out else {})

    def test_a_case_in_the_pool_may_be_left_out(self, town):
        published(town, pool="excluded")
        case = closed_in_october(town)
        Request.objects.create(
            case=case,
            kind="parking",
            state="approved",
            reason="管网改造后解决",
            asked_at=LATER,
            asked_by_name="王强",
            decided_at=LATER,
        )
        assert view(town).total.excluded == {"pool": 1}
        with clock.at(LATER):
            CaseEvent.objects.create(
                case=case, seq=99, action="unpark", label="移出挂账", at=LATER, to_state=case.state
            )
        assert view(town).total.excluded == {}


class TestFormulas:
    def test_a_second_person_approves(self, town):
        formula = published(town)
        assert formula.state == "published"
        assert selectors.find_formula(town.tenant, NOVEMBER) == formula
        assert selectors.find_formula(town.tenant, date(2026, 9, 1)) is None
        assert set(
            AuditEntry.objects.filter(object_type="hotline.rate_formula").values_list(
                "action", flat=True
            )
        ) == {"rate_formula.drafted", "rate_formula.submitted", "rate_formula.approved"}

    def test_the_author_does_not(self, town):
        boss = town.rate_boss
        boss.appointments.first().post.roles.add(
            town.rate_author.appointments.first().post.roles.get()
        )
        boss = type(boss).objects.get(pk=boss.pk)
        draft = services.draft_formula(
            boss,
            tenant=town.tenant,
            name="x",
            basis="y",
            body=DEFAULT.as_body(),
            effective_from=OCTOBER,
        )
        services.submit_formula(boss, formula_id=draft.pk)
        with pytest.raises(NotAllowed):
            services.approve_formula(boss, formula_id=draft.pk)

    def test_wrong_role_wrong_state_wrong_month(self, town):
        with pytest.raises(NotAllowed):
            services.draft_formula(
                town.handler,
                tenant=town.tenant,
                name="x",
                basis="y",
                body=DEFAULT.as_body(),
                effective_from=OCTOBER,
            )
        formula = published(town)
        with pytest.raises(Refused):
            services.approve_formula(town.rate_boss, formula_id=formula.pk)
        with pytest.raises(InvalidInput):
            published(town, effective=date(2026, 10, 2))

    def test_a_newer_one_of_the_same_month_retires_the_older(self, town):
        old = published(town)
        new = published(town, satisfied_from=4)
        old.refresh_from_db()
        assert old.state == "retired"
        assert selectors.find_formula(town.tenant, OCTOBER) == new

    def test_trying_a_draft_changes_nothing(self, town):
        published(town)
        closed_in_october(town, result_score="3")
        draft = services.draft_formula(
            town.rate_author,
            tenant=town.tenant,
            name="严",
            basis="试",
            body=DEFAULT.as_body() | {"satisfied_from": 4},
            effective_from=NOVEMBER,
        )
        tried = selectors.try_formula(town.rate_author, OCTOBER, draft)
        assert tried.total.part["satisfied"] == 0
        assert view(town).total.part["satisfied"] == 1


class TestExclusions:
    def test_filed_granted_and_left_out(self, town):
        published(town)
        case = closed_in_october(town, **UNSOLVED)
        exclusion = apply_for(town, case)
        assert exclusion.files.count() == 1
        assert view(town).total.counted == 1
        services.decide_exclusion(town.ruler, exclusion_id=exclusion.pk, approve=True, note="")
        assert view(town).total.excluded == {"exclusion": 1}
        assert Notice.objects.filter(recipient=town.filer, kind="ruling").exists()

    def test_without_evidence_or_reason_it_is_refused(self, town):
        case = closed_in_october(town)
        for values, field in (
            ({"reason_code": "nonsense"}, "reason_code"),
            ({"reason": " "}, "reason"),
            ({"files": []}, "files"),
        ):
            given = {"reason_code": "other", "reason": "x", "files": evidence()} | values
            with pytest.raises(InvalidInput) as refusal:
                services.file_exclusion(town.filer, case_id=case.pk, **given)
            assert refusal.value.field == field

    def test_only_the_unit_and_only_once(self, town):
        case = closed_in_october(town)
        with pytest.raises(NotFound):
            apply_for(town, case, town.filer_west)
        with pytest.raises(NotAllowed):
            apply_for(town, case, town.handler)
        apply_for(town, case)
        with pytest.raises(Refused):
            apply_for(town, case)

    def test_refused_appealed_and_overturned_by_a_third_person(self, town):
        published(town)
        case = closed_in_october(town, **UNSOLVED)
        exclusion = apply_for(town, case)
        with pytest.raises(InvalidInput):
            services.decide_exclusion(town.ruler, exclusion_id=exclusion.pk, approve=False, note="")
        services.decide_exclusion(
            town.ruler, exclusion_id=exclusion.pk, approve=False, note="证据不足"
        )
        with pytest.raises(NotAllowed):
            services.appeal_exclusion(town.filer_west, exclusion_id=exclusion.pk, text="x")
        services.appeal_exclusion(
            town.filer, exclusion_id=exclusion.pk, text="补充证据", files=evidence()
        )
        with pytest.raises(NotAllowed):
            services.rule_appeal(
                town.ruler, exclusion_id=exclusion.pk, overturn=True, note="我自己裁定"
            )
        services.rule_appeal(
            town.second_ruler, exclusion_id=exclusion.pk, overturn=True, note="采纳"
        )
        assert view(town).total.excluded == {"exclusion": 1}
        with pytest.raises(Refused):
            services.appeal_exclusion(town.filer, exclusion_id=exclusion.pk, text="再来")

    def test_an_appeal_may_fail(self, town):
        published(town)
        exclusion = apply_for(town, closed_in_october(town))
        services.decide_exclusion(town.ruler, exclusion_id=exclusion.pk, approve=False, note="否")
        services.appeal_exclusion(town.filer, exclusion_id=exclusion.pk, text="不服")
        services.rule_appeal(
            town.second_ruler, exclusion_id=exclusion.pk, overturn=False, note="维持"
        )
        assert view(town).total.counted == 1

    def test_the_database_keeps_the_persons_apart(self, town):
        exclusion = apply_for(town, closed_in_october(town))
        with pytest.raises(IntegrityError):
            Exclusion.objects.filter(pk=exclusion.pk).update(decided_by_id=exclusion.filed_by_id)


class TestClosedMonths:
    def test_a_closed_month_stands_whatever_happens_later(self, town):
        published(town)
        case = closed_in_october(town, **UNSOLVED)
        closed = services.close_month(town.rate_boss, tenant=town.tenant, month=OCTOBER)
        assert closed.line_count == 1
        make.act(town.supervisor, case, "redo", {"reason": "重办"})
        with pytest.raises(Refused):
            published(town, satisfied_from=5)
        found = view(town)
        assert found.closed == closed
        assert found.total.rate("solved") == Decimal("0.00")
        assert closed.figures["rates"]["solved"] == {"part": 0, "whole": 1, "percent": "0.00"}
        assert selectors.is_untouched(closed)

    def test_a_changed_line_breaks_the_digest(self, town):
        published(town)
        closed_in_october(town, **UNSOLVED)
        closed = services.close_month(town.rate_boss, tenant=town.tenant, month=OCTOBER)
        AppraisalLine.objects.update(solved=1)
        assert not selectors.is_untouched(closed)

    def test_a_later_month_may_have_another_formula(self, town):
        old = published(town)
        closed_in_october(town)
        services.close_month(town.rate_boss, tenant=town.tenant, month=OCTOBER)
        new = published(town, effective=NOVEMBER, satisfied_from=4)
        assert view(town).formula == old
        assert selectors.read_month(town.rate_author, NOVEMBER).formula == new

    def test_refusals(self, town):
        def close(actor=town.rate_boss, month=OCTOBER):
            return services.close_month(actor, tenant=town.tenant, month=month)

        with pytest.raises(Refused):
            close()  # no formula
        published(town)
        with pytest.raises(NotAllowed):
            close(town.rate_author)
        with pytest.raises(Refused):
            close(month=NOVEMBER)  # not over
        apply_for(town, closed_in_october(town))
        with pytest.raises(Refused):
            close()  # an application waits

    def test_twice_is_once(self, town):
        published(town)
        first = services.close_month(town.rate_boss, tenant=town.tenant, month=OCTOBER)
        assert services.close_month(town.rate_boss, tenant=town.tenant, month=OCTOBER) == first
        assert AppraisalMonth.objects.count() == 1

    def test_nothing_is_excluded_from_a_closed_month(self, town):
        published(town)
        case = closed_in_october(town)
        services.close_month(town.rate_boss, tenant=town.tenant, month=OCTOBER)
        with pytest.raises(Refused):
            apply_for(town, case)


def test_the_facts_are_read_in_two_statements(town, django_assert_num_queries):
    published(town)
    for _number in range(3):
        closed_in_october(town)
    with django_assert_num_queries(2):
        assert len(read_facts(town.tenant, OCTOBER, DEFAULT)) == 3
