"""Deciding, explaining, replaying."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from apps.accounts.models import Tenant, User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import NotFound
from apps.places.models import Area, AreaLevel, AreaSuccession
from apps.rules import selectors, services
from apps.rules.engine.explain import row_text
from apps.rules.errors import BrokenTable, InvalidRules, NoTable, UnfitFacts
from apps.rules.models import Decision, RuleTable, RuleTableVersion
from apps.rules.registry import Vocabulary, temporarily
from tests.rules.conftest import DISPATCH, dispatch_body
from tests.rules.factories import TenantFactory


def decide(subject: str = "case:1", **facts: Any) -> Decision:
    return services.decide("dispatch", facts=facts, subject=subject)


def test_decision_keeps_input_row_output_and_a_sentence(published: RuleTableVersion) -> None:
    with translation.override("en"):
        decision = decide(kind="cover", level=2)
    assert decision.outputs == [{"unit": "gd-cg", "limit": 5}]
    assert decision.matched_rows == ["road"]
    assert decision.table_version == published
    assert decision.facts == {"kind": "cover", "level": 2}
    assert decision.explanation == (
        "命中《派单规则》第1版第1行：类别属于“道路破损、井盖缺失”，"
        "故交由港东区城市管理局办理，时限5个工作日。"
    )


def test_no_row_is_a_decision_that_says_so(published: RuleTableVersion) -> None:
    decision = decide(kind="noise")
    assert decision.outputs == []
    assert decision.explanation == "《派单规则》第1版没有一行符合，未得出结果。"


def test_explain_and_why_not_column_by_column(published: RuleTableVersion) -> None:
    decision = decide(kind="lamp", level=2)
    assert selectors.explain(decision).rows == []
    assert selectors.explain(decision).facts == [("类别", "路灯不亮"), ("级别", "2")]
    lamp = selectors.why_not(decision, "lamp")
    assert lamp.number == 2
    assert [(c.label, c.value, c.condition) for c in lamp.failing] == [("级别", "2", "不小于3")]
    with pytest.raises(NotFound):
        selectors.why_not(decision, "nothing")


def test_explanation_stays_with_the_version_that_decided(
    author: User, reviewer: User, published: RuleTableVersion
) -> None:
    before = decide(kind="cover")
    body = dispatch_body()
    body["rows"][0]["note"] = "改备注"
    body["rows"].reverse()
    second = services.save_draft(author, table=published.table, body=body)
    services.submit(author, version=second)
    services.publish(reviewer, version=second)
    after = decide(kind="cover")
    assert after.table_version.number == 2
    assert "第2版第2行" in after.explanation
    assert "第1版第1行" in selectors.explain(before).sentence


def test_decide_by_the_version_of_that_moment(published: RuleTableVersion) -> None:
    with pytest.raises(NoTable):
        services.decide(
            "dispatch",
            facts={"kind": "cover"},
            subject="case:1",
            at=clock.now() - timedelta(days=1),
        )
    with pytest.raises(NoTable):
        services.decide("nothing", facts={}, subject="case:1")


@pytest.mark.parametrize("facts", [{"kind": 1}, {"colour": "red"}, {"level": float("nan")}])
def test_unfit_facts_are_refused_by_name(
    published: RuleTableVersion, facts: dict[str, Any]
) -> None:
    with pytest.raises(UnfitFacts) as refusal:
        decide(**facts)
    assert refusal.value.field == next(iter(facts))
    assert not Decision.objects.exists()


def test_decisions_are_never_changed_or_deleted(published: RuleTableVersion) -> None:
    decision = decide(kind="cover")
    decision.explanation = "别的"
    for deed in (decision.save, decision.delete):
        with pytest.raises(IntegrityError), transaction.atomic():
            deed()


def test_table_that_lost_a_fact_is_refused_and_audited(published: RuleTableVersion) -> None:
    poorer = Vocabulary("test.dispatch", "派单", DISPATCH.facts[1:], DISPATCH.outputs)
    from apps.rules import loading, registry

    loading._kept.clear()
    del registry._vocabularies["test.dispatch"]
    with temporarily(poorer), pytest.raises(BrokenTable):
        decide(level=1)
    with pytest.raises(BrokenTable):
        decide(level=1)
    assert AuditEntry.objects.filter(action="rule_table.failed").count() == 2


def test_decision_costs_three_statements(
    published: RuleTableVersion,
    django_assert_num_queries: Any,
    remember_from_now: Callable[[], None],
) -> None:
    remember_from_now()
    decide(kind="cover")
    with django_assert_num_queries(3):  # which version, a key, the row
        decide(kind="cover")


def test_closed_choice_does_not_stop_a_published_table(
    published: RuleTableVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.rules import loading
    from tests.rules import conftest

    monkeypatch.setattr(conftest, "KINDS", [("road", "道路破损")])
    loading._kept.clear()
    assert decide(kind="cover").matched_rows == ["road"]
    with pytest.raises(InvalidRules):
        services.check_draft(published)


def _area(level: AreaLevel, parent: Area | None, code: str) -> Area:
    area = Area.objects.create(
        level=level,
        parent=parent,
        name=f"区{code}",
        code_part=code,
        code=code,
        path="",
        valid_from=date(2026, 1, 1),
    )
    area.path = f"{parent.path if parent else '/'}{area.pk}/"
    area.save()
    return area


def test_area_cell_follows_merges(author: User, reviewer: User, draft: RuleTableVersion) -> None:
    level = AreaLevel.objects.create(code="district", name="区", depth=1, code_length=2)
    old, new = _area(level, None, "01"), _area(level, None, "02")
    body = {
        "hit_policy": "first",
        "inputs": ["area"],
        "outputs": ["unit", "limit"],
        "rows": [
            {
                "key": "east",
                "cells": {"area": {"op": "within", "areas": [{"path": new.path, "label": "新区"}]}},
                "outputs": {"unit": "gd-cg", "limit": 5},
            }
        ],
    }
    draft.table.test_cases.all().delete()
    services.add_test_case(
        author,
        table=draft.table,
        name="新区",
        facts={"area": f"{new.path}9/"},
        expected=[{"unit": "gd-cg", "limit": 5}],
    )
    version = services.save_draft(author, table=draft.table, body=body)
    services.submit(author, version=version)
    services.publish(reviewer, version=version)
    assert decide(area=old.path).matched_rows == []
    AreaSuccession.objects.create(predecessor=old, successor=new, on=date(2026, 2, 1))
    assert decide(area=old.path).matched_rows == ["east"]
    assert "区域在“新区”" in decide(area=new.path).explanation


def test_replay_lists_only_what_would_change(
    author: User, published: RuleTableVersion, table: RuleTable
) -> None:
    same, other = decide(kind="lamp", level=4), decide(kind="cover")
    body = dispatch_body()
    body["rows"][0]["outputs"]["limit"] = 3
    body["rows"].reverse()
    version = services.save_draft(author, table=table, body=body)
    [changed] = services.replay(version)
    assert changed.decision == other
    assert changed.outputs_changed
    assert changed.outputs == [{"unit": "gd-cg", "limit": 3}]
    assert services.replay(version, [same]) == []


def test_replay_is_summed_up_by_unit(author: User, table: RuleTable, published: Any) -> None:
    for subject in ("parcel:1", "parcel:2"):
        decide(subject, kind="cover")
    decide("parcel:3", kind="lamp", level=4)
    decide("parcel:4", kind="noise")
    body = dispatch_body()
    body["rows"][0]["outputs"] = {"unit": "gx-cg", "limit": 5}
    body["rows"][1]["outputs"]["limit"] = 2
    report = services.replay_report(services.save_draft(author, table=table, body=body))
    assert [(g.before, g.after, g.count) for g in report.groups] == [
        ("港东区城市管理局", "港西区城市管理局", 2),
        (
            "交由路灯管理所办理，时限1个工作日",
            "交由路灯管理所办理，时限2个工作日",
            1,
        ),
    ]
    assert (report.count, report.changed, report.moved, report.unanswered) == (4, 3, 0, 1)
    assert report.fired == {"road": 2, "lamp": 1}
    assert report.since is not None
    assert report.until is not None
    assert report.since < report.until


def test_a_new_table_is_proved_on_what_another_decided(
    author: User, table: RuleTable, published: Any
) -> None:
    for subject in ("parcel:1", "parcel:2"):
        decide(subject, kind="cover")
    decide("parcel:3", kind="noise")
    fresh = services.create_table(
        author, code="parts", name="分解", vocabulary=table.vocabulary, tenant=table.tenant
    )
    body = dispatch_body(rows=[dispatch_body()["rows"][0]])
    draft = services.save_draft(author, table=fresh, body=body)
    report = services.replay_report(draft)
    assert report.lender == table
    assert (report.count, report.changed, report.unanswered) == (3, 2, 1)
    assert [(group.before, group.count) for group in report.groups] == [("没有单位", 2)]
    assert services.replay(draft) == []


def test_only_tables_of_the_same_tenant_or_the_whole_city_lend(
    author: User, table: RuleTable, published: Any, tenant: Tenant
) -> None:
    decide(kind="cover")
    fresh = services.create_table(
        author, code="parts", name="分解", vocabulary=table.vocabulary, tenant=tenant
    )
    tables = RuleTable.objects.filter(pk=table.pk)
    tables.update(tenant=TenantFactory())
    assert selectors.lender_of(fresh, ["kind"]) is None
    tables.update(tenant=None)
    assert selectors.lender_of(fresh, ["kind"]) == table
    assert selectors.lender_of(fresh, ["no_such_fact"]) is None


def test_replay_counts_moved_rows_and_tables_that_cannot_decide(
    author: User, table: RuleTable, published: Any
) -> None:
    decide(kind="cover")
    rows = dispatch_body()["rows"]
    moved = services.save_draft(
        author, table=table, body=dispatch_body(rows=[{**rows[0], "key": "other"}])
    )
    report = services.replay_report(moved)
    assert (report.changed, report.moved) == (0, 1)
    twice = dispatch_body(hit_policy="unique", rows=[rows[0], {**rows[0], "key": "again"}])
    report = services.replay_report(services.save_draft(author, table=table, body=twice))
    [group] = report.groups
    assert (group.before, group.after, group.error) == ("港东区城市管理局", "多行同时符合", True)
    assert report.fired == {}


def test_rule_order_gives_every_matching_row_in_order(author: User, table: RuleTable) -> None:
    rows = [
        {"key": "late", "cells": {}, "outputs": {"unit": "ld", "limit": 9}},
        *dispatch_body()["rows"],
    ]
    body = dispatch_body(hit_policy="rule_order", rows=rows)
    trial = services.evaluate(
        services.save_draft(author, table=table, body=body), {"kind": "lamp", "level": 3}
    )
    assert trial.hit.keys == ("late", "lamp")


def test_alternatives_come_nearest_first(published: RuleTableVersion) -> None:
    decision = decide(kind="noise", level=4)
    assert [(a.key, a.failing) for a in selectors.list_alternatives(decision)] == [
        ("road", 1),
        ("lamp", 1),
    ]
    assert [a.key for a in selectors.list_alternatives(decide(kind="cover"))] == ["lamp"]


def test_alternatives_may_name_several_units(
    published: RuleTableVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    decision, table = decide(kind="noise", level=4), selectors.table_of(published)
    rows = tuple(replace(row, outputs=row.outputs | {"unit": ["ld"]}) for row in table.rows)
    several = replace(table, rows=rows)
    monkeypatch.setattr("apps.rules.selectors.decisions.table_of", lambda version: several)
    assert selectors.list_alternatives(decision)


def test_other_languages_put_spaces_between_words(published: RuleTableVersion) -> None:
    with translation.override("en"):
        row = selectors.table_of(published).rows[0]
        assert row_text(selectors.table_of(published), row).startswith("类别 ")
    assert row_text(selectors.table_of(published), row).startswith("类别属于")


def test_row_that_also_holds_was_passed_over(author: User, reviewer: User, draft: Any) -> None:
    rows = dispatch_body()["rows"]
    rows.append({"key": "rest", "cells": {}, "outputs": {"unit": "gx-cg", "limit": 9}})
    services.save_draft(author, table=draft.table, body=dispatch_body(rows=rows), version=draft)
    services.submit(author, version=draft)
    services.publish(reviewer, version=draft)
    told = selectors.why_not(decide(kind="cover"), "rest").sentence
    assert told.endswith("也符合，但第1行排在前面，先命中。")


def test_unique_table_refuses_two_rows_and_a_trial_shows_them(
    author: User, table: RuleTable
) -> None:
    rows = dispatch_body()["rows"]
    rows.append({"key": "all", "cells": {}, "outputs": {"unit": "ld", "limit": 2}})
    version = services.save_draft(
        author, table=table, body=dispatch_body(hit_policy="unique", rows=rows)
    )
    trial = services.evaluate(version, {"kind": "road"})
    assert trial.error
    assert [row.key for row in trial.rows] == ["road", "all"]
    assert services.check_draft(version).errors


def test_collect_gives_every_matching_row(author: User, table: RuleTable) -> None:
    rows = dispatch_body()["rows"]
    rows.append({"key": "all", "cells": {}, "outputs": {"unit": "ld", "limit": 2}})
    version = services.save_draft(
        author, table=table, body=dispatch_body(hit_policy="collect", rows=rows)
    )
    trial = services.evaluate(version, {"kind": "road"})
    assert [o["unit"] for o in trial.hit.outputs] == ["gd-cg", "ld"]


def test_diff_tells_what_became_of_each_row(author: User, draft: RuleTableVersion) -> None:
    rows = dispatch_body()["rows"][::-1]
    rows[0]["outputs"]["limit"] = 2
    rows.append({"key": "new", "cells": {}, "outputs": {"unit": "ld", "limit": 9}})
    after = services.save_draft(author, table=draft.table, body=dispatch_body(rows=rows))
    assert {(c.kind, c.key) for c in selectors.diff(draft, after)} == {
        ("changed", "lamp"),
        ("moved", "road"),
        ("added", "new"),
    }
    assert ("removed", "new") in {(c.kind, c.key) for c in selectors.diff(after, draft)}


def test_decision_is_seen_by_who_may_see_its_subject(
    published: RuleTableVersion, reader: User, outsider: User
) -> None:
    on_case, on_other = decide("parcel:7", kind="cover"), decide("job:7", kind="cover")
    assert selectors.get_decision(reader, pk=on_other.pk) == on_other
    for viewer, decision in ((reader, on_case), (outsider, on_other), (outsider, on_case)):
        with pytest.raises(NotFound):
            selectors.get_decision(viewer, pk=decision.pk)
    reader.username = "user-7"
    assert selectors.get_decision(reader, pk=on_case.pk) == on_case
