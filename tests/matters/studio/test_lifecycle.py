"""Draft, submit, second person, effective date, retire, roll back."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput, NotAllowed, Stale
from apps.common.memory import forget_all
from apps.matters import services
from apps.matters.enums import Standing, VersionState
from apps.matters.errors import InvalidDefinition, SamePerson, WrongStanding
from apps.matters.models import MatterType, MatterVersion
from apps.matters.selectors.definitions import version_in_force
from tests.cast import Cast
from tests.matters import factories as cases
from tests.matters.studio import factories as make

SOON = timedelta(days=3)


def audited(action: str) -> int:
    return AuditEntry.objects.filter(action=action).count()


def save(actor: Any, version: MatterVersion, revision: int | None = 1, **changes: Any) -> Any:
    return services.save_draft(
        actor,
        matter_type_id=version.matter_type_id,
        version_id=version.pk,
        expected_revision=revision,
        body=make.body(**changes),
    )


def test_a_draft_is_saved_again_by_its_author(cast: Cast) -> None:
    version = make.draft(cast.author)
    saved = save(cast.author, version, title="占道挖掘")
    assert (saved.pk, saved.revision, saved.body["title"]) == (version.pk, 2, "占道挖掘")
    assert audited("matter_draft.saved") == 3  # the hotline of the cast, and these two
    told = AuditEntry.objects.filter(action="matter_draft.saved").latest("id").data
    assert (told["before"], told["after"]) == ({"title": "占道施工"}, {"title": "占道挖掘"})


def test_a_stale_save_changes_nothing(cast: Cast) -> None:
    version = make.draft(cast.author)
    save(cast.author, version)
    with pytest.raises(Stale):
        save(cast.author, version, revision=1, title="旧页面")
    version.refresh_from_db()
    assert version.body["title"] == "占道施工"


def test_nobody_else_writes_in_a_draft(cast: Cast) -> None:
    version = make.draft(cast.author)
    for actor in (cast.publisher, cast.handler, cast.outsider, SYSTEM):
        with pytest.raises(NotAllowed):
            save(actor, version)


def test_a_draft_with_problems_is_kept_but_not_submitted(cast: Cast) -> None:
    version = make.draft(cast.author, states=[])
    with pytest.raises(InvalidDefinition) as refusal:
        services.submit_version(cast.author, version_id=version.pk)
    assert any("状态" in text for text in refusal.value.data["problems"])


def test_publishing_needs_another_person_with_the_right(cast: Cast) -> None:
    version = make.submitted(cast)
    for actor in (cast.handler, cast.outsider):
        with pytest.raises(NotAllowed):
            services.approve_version(actor, version_id=version.pk)
    with pytest.raises(SamePerson):
        services.approve_version(author_with_right(cast), version_id=version.pk)
    done = services.approve_version(cast.publisher, version_id=version.pk, note="同意")
    assert done.standing(clock.now()) == Standing.IN_FORCE
    assert MatterType.objects.get(pk=done.matter_type_id).current_version_id == done.pk
    assert AuditEntry.objects.filter(actor_id=cast.publisher.pk).last().data["note"] == "同意"
    with pytest.raises(WrongStanding):
        services.approve_version(cast.publisher, version_id=version.pk)


def author_with_right(cast: Cast) -> Any:
    cast.author._appointment_permissions = {  # type: ignore[attr-defined]
        "matters.edit_matters",
        "matters.publish_matters",
    }
    return cast.author


def test_a_person_cannot_take_the_systems_way(cast: Cast) -> None:
    version = make.draft(cast.author)
    for actor in (cast.author, cast.publisher):
        with pytest.raises(NotAllowed):
            services.publish_version(actor, version_id=version.pk)
    with pytest.raises(WrongStanding):
        services.publish_version(SYSTEM, version_id=version.pk)


@pytest.mark.parametrize(
    "change",
    [
        "reviewer_id = author_id",
        "body = '{}'",
        "number = 9",
        "state = 'draft'",
        "author_id = reviewer_id, reviewer_id = author_id",
        "published_at = null",
        "effective_from = null",
    ],
)
def test_the_database_itself_keeps_a_published_version(cast: Cast, change: str) -> None:
    version = make.published(cast)
    update = f"update matters_matterversion set {change} where id = %s"  # noqa: S608
    assert is_refused(update, version)
    assert is_refused("delete from matters_matterversion where id = %s", version)


def is_refused(sql: str, version: MatterVersion) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, [version.pk])
    except IntegrityError:
        return True
    return False


def test_the_database_keeps_two_versions_from_one_moment(cast: Cast) -> None:
    first = make.published(cast)
    make.published(cast, first.matter_type)
    assert is_refused(
        "update matters_matterversion set effective_until = null where id = %s", first
    )


def test_a_scheduled_version_takes_force_by_itself(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make.published(cast)
    second = make.submitted(cast, first.matter_type, title="占道施工二")
    start = clock.now() + SOON
    services.approve_version(cast.publisher, version_id=second.pk, effective_from=start)
    assert opened_on(cast) == 1
    assert services.take_force() == 0
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(seconds=1))
    forget_all()
    assert opened_on(cast) == 2
    assert services.take_force() == 1
    assert MatterType.objects.get(pk=first.matter_type_id).current_version_id == second.pk


def opened_on(cast: Cast) -> int:
    return cases.registered(cast, matter_type="city.digging").version.number


def test_the_effective_date_is_never_past_nor_before_a_scheduled_one(cast: Cast) -> None:
    version = make.submitted(cast)
    past = clock.now() - timedelta(minutes=1)
    with pytest.raises(InvalidInput):
        services.approve_version(cast.publisher, version_id=version.pk, effective_from=past)
    services.approve_version(
        cast.publisher, version_id=version.pk, effective_from=clock.now() + SOON
    )
    other = make.submitted(cast, version.matter_type)
    with pytest.raises(WrongStanding):
        services.approve_version(cast.publisher, version_id=other.pk)


def test_retiring_leaves_nothing_to_open_and_calls_off_a_scheduled_one(cast: Cast) -> None:
    first = make.published(cast)
    second = make.submitted(cast, first.matter_type)
    start = clock.now() + SOON
    services.approve_version(cast.publisher, version_id=second.pk, effective_from=start)
    services.retire_version(cast.publisher, version_id=second.pk, reason="改期")
    assert version_in_force("city.digging", start) == first
    with pytest.raises(InvalidInput):
        services.retire_version(cast.publisher, version_id=first.pk, reason=" ")
    with pytest.raises(NotAllowed):
        services.retire_version(cast.author, version_id=first.pk, reason="停")
    running = cases.registered(cast, matter_type="city.digging")
    services.retire_version(cast.publisher, version_id=first.pk, reason="停")
    with pytest.raises(InvalidInput):
        cases.registered(cast, matter_type="city.digging")
    assert cases.act(cast.acceptor, running, "accept", cases.ACCEPT).state == "sent"


def test_rolling_back_submits_the_old_wording(cast: Cast) -> None:
    first = make.published(cast)
    make.published(cast, first.matter_type, title="写坏了")
    again = services.roll_back_version(cast.author, to_version_id=first.pk, reason="写坏了")
    assert (again.number, again.state, again.body) == (3, VersionState.SUBMITTED, first.body)
    services.approve_version(cast.publisher, version_id=again.pk)
    assert version_in_force("city.digging") == again
    unpublished = make.draft(cast.author, first.matter_type)
    with pytest.raises(WrongStanding):
        services.roll_back_version(cast.author, to_version_id=unpublished.pk, reason="试试")


def test_sending_back_needs_a_reason_and_returns_the_draft(cast: Cast) -> None:
    version = make.submitted(cast)
    with pytest.raises(WrongStanding):
        save(cast.author, version)
    with pytest.raises(InvalidInput):
        services.send_back_version(cast.publisher, version_id=version.pk, note=" ")
    with pytest.raises(NotAllowed):
        services.send_back_version(cast.handler, version_id=version.pk, note="不对")
    services.send_back_version(cast.publisher, version_id=version.pk, note="时限太长")
    again = save(cast.author, version)
    assert (again.state, again.review_note) == (VersionState.DRAFT, "时限太长")


def test_only_a_draft_is_discarded_by_its_author(cast: Cast) -> None:
    version = make.draft(cast.author)
    with pytest.raises(NotAllowed):
        services.discard_draft(cast.publisher, version_id=version.pk)
    services.discard_draft(cast.author, version_id=version.pk)
    with pytest.raises(WrongStanding):
        services.discard_draft(cast.author, version_id=version.pk)
    waiting = make.submitted(cast, version.matter_type)
    with pytest.raises(WrongStanding):
        services.discard_draft(cast.author, version_id=waiting.pk)


def test_a_running_case_stays_on_its_version(cast: Cast) -> None:
    first = make.published(cast)
    case = cases.registered(cast, matter_type="city.digging")
    make.published(cast, first.matter_type, title="第二版")
    case.refresh_from_db()
    assert case.version_id == first.pk


@pytest.mark.django_db(transaction=True)
def test_of_two_reviewers_at_once_one_publishes(cast: Cast) -> None:
    version = make.submitted(cast)
    outcomes = together(
        lambda: services.approve_version(cast.publisher, version_id=version.pk), times=2
    )
    assert sorted(outcomes) == ["WrongStanding", "done"]


def together(deed: Callable[[], Any], *, times: int) -> list[str]:
    """Will run a deed in several threads at one moment and tell how each ended."""
    barrier, outcomes = Barrier(times), []

    def run() -> None:
        barrier.wait()
        try:
            deed()
            outcomes.append("done")
        except DomainError as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [Thread(target=run) for _turn in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
