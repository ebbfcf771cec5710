"""Draft, test cases, submit, second person, effective date, retire, roll back."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, Refused, Stale
from apps.rules import selectors, services
from apps.rules.enums import Standing
from apps.rules.errors import InvalidRules, NotReady, SamePerson, WrongState
from apps.rules.models import RuleTable, RuleTableVersion
from tests.rules.conftest import dispatch_body


def audited(action: str) -> int:
    return AuditEntry.objects.filter(action=action).count()


def next_version(author: User, table: RuleTable, **changes: Any) -> RuleTableVersion:
    version = services.save_draft(author, table=table, body=dispatch_body(**changes))
    return services.submit(author, version=version)


def test_create_table_checks_code_vocabulary_and_right(
    author: User, reader: User, outsider: User, table: RuleTable
) -> None:
    def create(actor: User, **changes: Any) -> RuleTable:
        given = {"code": "x", "name": "甲", "vocabulary": "test.dispatch", "tenant": table.tenant}
        return services.create_table(actor, **(given | changes))

    for actor in (reader, outsider):
        with pytest.raises(NotAllowed):
            create(actor)
    for wrong in ({"code": "有空 格"}, {"name": " "}, {"vocabulary": "none"}):
        with pytest.raises(InvalidInput):
            create(author, **wrong)
    with pytest.raises(Refused):
        create(author, code=table.code)
    assert audited("rule_table.created") == 1


def test_save_draft_numbers_versions_and_updates_the_authors_own(
    author: User, table: RuleTable, draft: RuleTableVersion
) -> None:
    again = services.save_draft(
        author, table=table, body=dispatch_body(hit_policy="unique"), version=draft
    )
    assert (again.pk, again.number, again.revision) == (draft.pk, 1, 2)
    assert again.hit_policy == "unique"
    told = AuditEntry.objects.filter(action="rule_draft.saved").latest("id").data
    assert told["before"] == {"hit_policy": draft.body["hit_policy"]}
    assert told["after"] == {"hit_policy": "unique"}
    assert services.copy_to_draft(author, version=draft).number == 2


def test_save_draft_refuses_old_revision_other_people_and_other_rights(
    author: User, reviewer: User, reader: User, outsider: User, draft: RuleTableVersion
) -> None:
    def save(actor: User, revision: int = 1) -> None:
        services.save_draft(
            actor,
            table=draft.table,
            body=dispatch_body(),
            version=draft,
            expected_revision=revision,
        )

    for actor in (reviewer, reader, outsider):
        with pytest.raises(NotAllowed):
            save(actor)
    with pytest.raises(Stale):
        save(author, revision=0)


def test_save_draft_names_the_cell_that_is_wrong(author: User, table: RuleTable) -> None:
    body = dispatch_body()
    body["rows"][1]["cells"]["kind"] = {"op": "in", "values": ["nobody"]}
    with pytest.raises(InvalidRules) as refusal:
        services.save_draft(author, table=table, body=body)
    [problem] = refusal.value.data["problems"]
    assert (problem["row"], problem["column"]) == (2, "kind")


def test_submit_needs_a_clean_check_and_passing_tests(
    author: User, table: RuleTable, draft: RuleTableVersion
) -> None:
    body = dispatch_body()
    body["rows"][0]["outputs"] = {"unit": "closed", "limit": 5}
    wrong = services.save_draft(author, table=table, body=body)
    with pytest.raises(NotReady) as refusal:
        services.submit(author, version=wrong)
    assert refusal.value.code == "check_failed"

    services.add_test_case(
        author, table=table, name="噪声无人管", facts={"kind": "noise"}, expected=[{"unit": "ld"}]
    )
    with pytest.raises(NotReady) as refusal:
        services.submit(author, version=draft)
    assert refusal.value.data == {"cases": ["噪声无人管"]}
    table.test_cases.all().delete()
    with pytest.raises(NotReady) as refusal:
        services.submit(author, version=draft)
    assert refusal.value.code == "no_test_case"


def test_publish_needs_another_person_with_the_right(
    author: User, reviewer: User, reader: User, outsider: User, draft: RuleTableVersion
) -> None:
    with pytest.raises(WrongState):
        services.publish(reviewer, version=draft)
    services.submit(author, version=draft)
    for actor in (author, reader, outsider):
        with pytest.raises(NotAllowed):
            services.publish(actor, version=draft)
    done = services.publish(reviewer, version=draft)
    assert done.standing(clock.now()) == Standing.IN_FORCE
    assert audited("rule_version.published") == 1
    with pytest.raises(WrongState):
        services.publish(reviewer, version=draft)


def test_author_with_the_right_still_may_not_publish_own_version(
    reviewer: User, table: RuleTable, draft: RuleTableVersion
) -> None:
    own = services.copy_to_draft(reviewer, version=draft)
    services.submit(reviewer, version=own)
    with pytest.raises(SamePerson):
        services.publish(reviewer, version=own)


@pytest.mark.parametrize(
    "change",
    [
        "reviewer_id = author_id",
        "body = '{}'",
        "state = 'draft'",
        "author_id = reviewer_id, reviewer_id = author_id",
        "published_at = NULL",
    ],
)
def test_database_itself_keeps_a_published_version(
    published: RuleTableVersion, change: str
) -> None:
    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE rules_ruletableversion SET {change}")  # noqa: S608  fixed texts


def test_publish_with_a_date_takes_over_then(
    author: User, reviewer: User, published: RuleTableVersion
) -> None:
    start = clock.now() + timedelta(days=3)
    second = next_version(author, published.table)
    with pytest.raises(InvalidInput):
        services.publish(reviewer, version=second, effective_from=clock.now() - timedelta(days=1))
    services.publish(reviewer, version=second, effective_from=start)

    def in_force(moment: Any) -> int | None:
        found = selectors.get_published("dispatch", moment)
        return found and found.number

    assert in_force(clock.now()) == 1
    assert in_force(start - timedelta(seconds=1)) == 1
    assert in_force(start) == 2
    assert in_force(published.created_at - timedelta(days=1)) is None
    third = next_version(author, published.table)
    with pytest.raises(WrongState):
        services.publish(reviewer, version=third)


def test_retire_leaves_nothing_in_force_and_calls_off_a_scheduled_one(
    author: User, reviewer: User, published: RuleTableVersion
) -> None:
    start = clock.now() + timedelta(days=3)
    second = next_version(author, published.table)
    services.publish(reviewer, version=second, effective_from=start)
    with pytest.raises(NotAllowed):
        services.retire(author, version=second, reason="错了")
    services.retire(reviewer, version=second, reason="错了")
    found = selectors.get_published("dispatch", start)
    assert found is not None
    assert found.number == 1
    services.retire(reviewer, version=published, reason="停用")
    assert selectors.get_published("dispatch") is None
    with pytest.raises(WrongState):
        services.retire(reviewer, version=published, reason="停用")


def test_rollback_submits_the_old_wording_for_a_second_person(
    author: User, reviewer: User, published: RuleTableVersion
) -> None:
    second = next_version(author, published.table, rows=dispatch_body()["rows"][:1])
    services.publish(reviewer, version=second)
    back = services.rollback(author, to=published, reason="漏了路灯")
    assert (back.number, back.state, back.body) == (3, "testing", published.body)
    with pytest.raises(SamePerson):
        services.publish(author_with_right(author), version=back)
    services.publish(reviewer, version=back)
    found = selectors.get_published("dispatch")
    assert found is not None
    assert found.number == 3
    with pytest.raises(WrongState):
        services.rollback(author, to=services.copy_to_draft(author, version=back), reason="x")


def test_restore_puts_an_earlier_version_in_force_at_once(
    author: User, reviewer: User, published: RuleTableVersion
) -> None:
    wrong = next_version(author, published.table, rows=dispatch_body()["rows"][:1])
    services.publish(reviewer, version=wrong)
    published.refresh_from_db()
    back = services.restore(reviewer, to=published, reason="路灯没人管")
    assert (back.number, back.state, back.body) == (3, "published", published.body)
    assert (back.author, back.reviewer) == (author, reviewer)
    assert selectors.get_published("dispatch") == back
    wrong.refresh_from_db()
    assert wrong.effective_until == back.effective_from
    entry = AuditEntry.objects.get(action="rule_version.restored")
    assert (entry.actor_name, entry.data["to"], entry.data["reason"]) == (
        reviewer.full_name,
        1,
        "路灯没人管",
    )


def test_restore_leaves_a_scheduled_version_its_turn(
    author: User, reviewer: User, published: RuleTableVersion
) -> None:
    second = next_version(author, published.table, rows=dispatch_body()["rows"][:1])
    services.publish(reviewer, version=second)
    later = next_version(author, published.table)
    start = clock.now() + timedelta(days=2)
    services.publish(reviewer, version=later, effective_from=start)
    published.refresh_from_db()
    back = services.restore(reviewer, to=published, reason="x")
    assert back.effective_until == start
    assert selectors.get_published("dispatch", start) == later


def test_restore_is_refused(
    author: User, reviewer: User, reader: User, outsider: User, published: RuleTableVersion
) -> None:
    with pytest.raises(WrongState):  # it is in force
        services.restore(reviewer, to=published, reason="x")
    draft = next_version(author, published.table, rows=dispatch_body()["rows"][:1])
    with pytest.raises(WrongState):  # it never was
        services.restore(reviewer, to=draft, reason="x")
    services.publish(reviewer, version=draft)
    published.refresh_from_db()
    for actor in (author, reader, outsider):
        with pytest.raises(NotAllowed):
            services.restore(actor, to=published, reason="x")
    with pytest.raises(SamePerson):
        services.restore(author_with_right(author), to=published, reason="x")
    with pytest.raises(InvalidInput):
        services.restore(reviewer, to=published, reason=" ")
    services.restore(reviewer, to=published, reason="x")
    with pytest.raises(WrongState):  # the same is in force by now
        services.restore(reviewer, to=published, reason="x")
    assert RuleTableVersion.objects.count() == 3


def test_undo_takes_back_one_change_after_the_other(
    author: User, reviewer: User, draft: RuleTableVersion
) -> None:
    with pytest.raises(WrongState):
        services.undo_draft(author, version=draft, expected_revision=1)
    first = draft.body
    for count in (1, 0):
        body = dispatch_body(rows=dispatch_body()["rows"][:count])
        draft = services.save_draft(author, table=draft.table, body=body, version=draft)
    with pytest.raises(Stale):
        services.undo_draft(author, version=draft, expected_revision=1)
    with pytest.raises(NotAllowed):
        services.undo_draft(reviewer, version=draft, expected_revision=3)
    undone = services.undo_draft(author, version=draft, expected_revision=3)
    assert len(undone.body["rows"]) == 1
    told = AuditEntry.objects.get(action="rule_draft.undone").data
    assert (told["before"], list(told["after"])) == ({"rows.0-": []}, ["rows.0-"])
    undone = services.undo_draft(author, version=draft, expected_revision=4)
    assert (undone.body, undone.revision) == (first, 5)
    services.submit(author, version=undone)
    with pytest.raises(WrongState):
        services.undo_draft(author, version=undone, expected_revision=5)


def test_only_the_newest_steps_are_kept(author: User, draft: RuleTableVersion) -> None:
    for _turn in range(25):
        draft = services.save_draft(author, table=draft.table, body=draft.body, version=draft)
    assert [step.revision for step in draft.steps.all()] == list(range(25, 5, -1))
    services.submit(author, version=draft)
    assert not draft.steps.exists()


HOSTILE = [
    (
        lambda b: b["rows"][0]["cells"].update(
            kind={"op": "in", "values": [f"v{n}" for n in range(1_000_000)]}
        ),
        "第1行“类别”：最多列出 1000 项",
    ),
    (
        lambda b: b.update(
            inputs=["text"],
            rows=[{"key": "r", "cells": {"text": {"op": "contains", "words": ["井" * 10**7]}}}],
        ),
        "第1行“内容”：词语最长 50 个字",
    ),
    (lambda b: b["rows"][1].update(note="长" * 10**7), "第2行：备注过长，最长 500 字"),
    (
        lambda b: b["rows"][0]["outputs"].update(unit="长" * 10**7),
        "第1行“承办单位”：文字太长，最长 200 字",
    ),
    (lambda b: b["rows"][0]["cells"].update(kind=deep(5000)), "第1行“类别”：单元格嵌套过深"),
    (
        lambda b: b.update(rows=[{"key": str(n)} for n in range(5001)]),
        "规则行超过 5000 行",
    ),
    (
        lambda b: b.update(
            rows=[
                {"key": str(n), "cells": {"level": {"op": "in", "values": list(range(1000))}}}
                for n in range(201)
            ]
        ),
        "第201行“级别”：整张表列出的值过多，最多 200000 项",
    ),
]


def deep(levels: int) -> Any:
    nested: Any = "x"
    for _level in range(levels):
        nested = {"op": "in", "values": [nested]}
    return nested


@pytest.mark.parametrize(("spoil", "words"), HOSTILE)
def test_hostile_table_is_refused_with_its_cell_and_limit(
    author: User, table: RuleTable, spoil: Callable[[dict[str, Any]], None], words: str
) -> None:
    body = dispatch_body()
    spoil(body)
    with pytest.raises(InvalidRules) as refusal:
        services.save_draft(author, table=table, body=body)
    assert words in str(refusal.value)
    assert not table.versions.exists()


def author_with_right(author: User) -> User:
    author._appointment_permissions = {"rules.edit_rules", "rules.publish_rules"}  # type: ignore[attr-defined]
    return author


def test_send_back_returns_a_draft_to_its_author(
    author: User, reviewer: User, draft: RuleTableVersion
) -> None:
    services.submit(author, version=draft)
    with pytest.raises(WrongState):
        services.save_draft(author, table=draft.table, body=dispatch_body(), version=draft)
    with pytest.raises(InvalidInput):
        services.send_back(reviewer, version=draft, note=" ")
    services.send_back(reviewer, version=draft, note="噪声没写")
    saved = services.save_draft(author, table=draft.table, body=dispatch_body(), version=draft)
    assert saved.review_note == "噪声没写"


def test_discard_deletes_only_the_authors_draft(
    author: User, reviewer: User, draft: RuleTableVersion
) -> None:
    with pytest.raises(NotAllowed):
        services.discard_draft(reviewer, version=draft)
    services.discard_draft(author, version=draft)
    assert not RuleTableVersion.objects.exists()
    with pytest.raises(WrongState):
        services.discard_draft(author, version=draft)


def test_remove_test_case(author: User, reader: User, draft: RuleTableVersion) -> None:
    case = draft.table.test_cases.get()
    with pytest.raises(NotAllowed):
        services.remove_test_case(reader, table=draft.table, case_id=case.pk)
    services.remove_test_case(author, table=draft.table, case_id=case.pk)
    assert audited("rule_test.removed") == 1


@pytest.mark.parametrize(
    ("facts", "expected"),
    [({"kind": 3}, []), ({"colour": "x"}, []), ({}, [{"limit": 0}]), ({}, [{"colour": 1}])],
)
def test_malformed_test_case_is_refused(
    author: User, table: RuleTable, facts: Any, expected: Any
) -> None:
    with pytest.raises(InvalidInput):
        services.add_test_case(author, table=table, name="x", facts=facts, expected=expected)


def _both(*deeds: Callable[[], object]) -> list[str]:
    """Runs the deeds at once in threads of their own and gives what each came to."""
    outcomes: list[str] = []
    barrier = Barrier(len(deeds))

    def run(deed: Callable[[], object]) -> None:
        barrier.wait()
        try:
            deed()
            outcomes.append("done")
        except Refused as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


@pytest.mark.django_db(transaction=True)
def test_two_windows_save_at_once_and_one_is_told(author: User, draft: RuleTableVersion) -> None:
    def save(note: str) -> Callable[[], object]:
        def change(body: dict[str, Any]) -> dict[str, Any]:
            rows = [{**body["rows"][0], "note": note}, *body["rows"][1:]]
            return {**body, "rows": rows}

        return lambda: services.edit_draft(
            author, version=draft, expected_revision=1, change=change
        )

    assert _both(save("甲"), save("乙")) == ["done", "stale"]
    draft.refresh_from_db()
    assert draft.revision == 2
    assert draft.steps.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_restore_at_once_and_one_version_comes_of_it(
    author: User, reviewer: User, published: RuleTableVersion
) -> None:
    other = next_version(author, published.table, rows=dispatch_body()["rows"][:1])
    services.publish(reviewer, version=other)
    published.refresh_from_db()

    def restore() -> object:
        return services.restore(reviewer, to=published, reason="x")

    assert _both(restore, restore) == ["done", "rules_wrong_state"]
    spans = [v.effective_until for v in selectors.list_versions(published.table)]
    assert spans.count(None) == 1


@pytest.mark.django_db(transaction=True)
def test_two_publishers_at_once_one_wins(
    author: User, reviewer: User, draft: RuleTableVersion
) -> None:
    services.submit(author, version=draft)
    other = services.copy_to_draft(author, version=draft)
    services.submit(author, version=other)
    same = [lambda: services.publish(reviewer, version=draft)] * 2
    assert _both(*same) == ["done", "rules_wrong_state"]
    assert (
        _both(
            lambda: services.publish(reviewer, version=other),
            lambda: services.retire(reviewer, version=other, reason="x"),
        )[0]
        == "done"
    )
    spans = [(v.effective_from, v.effective_until) for v in selectors.list_versions(draft.table)]
    assert sum(until is None for _start, until in spans) <= 1
