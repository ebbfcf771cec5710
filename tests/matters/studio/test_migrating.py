"""Running cases move to another version only as two people agreed, once, and with their clocks."""

from typing import Any

import pytest
from django.urls import reverse

from apps.clocks.models import Clock
from apps.common import outbox
from apps.common.errors import InvalidInput, NotAllowed
from apps.matters import services
from apps.matters.enums import MigrationState
from apps.matters.errors import SamePerson, WrongStanding
from apps.matters.models import Case, CaseMigration, MatterVersion
from apps.matters.services import migrating
from tests.cast import Cast
from tests.matters import factories as cases
from tests.matters.studio import factories as make
from tests.matters.studio.test_pages import address, enter
from tests.put_back import put_back_or_build

MAPPING = {"found": "found", "sent": "sent", "waiting": "waiting", "doing": "fixing"}


@pytest.fixture
def versions(cast: Cast) -> tuple[MatterVersion, MatterVersion]:
    """Two versions in force one after the other; the second renames a state."""
    return put_back_or_build("two versions", lambda: two_versions(cast), after="cast")


def two_versions(cast: Cast) -> tuple[MatterVersion, MatterVersion]:
    first = make.published(cast)
    body = make.body()
    body["states"][3] |= {"code": "fixing", "label": "整治中"}
    body["actions"][2]["to"] = "fixing"
    body["actions"][3]["from"] = ["fixing"]
    body["actions"][5]["from"] = ["found", "sent", "fixing"]
    running = [open_one(cast) for _turn in range(3)]
    cases.act(cast.acceptor, running[1], "accept", cases.ACCEPT)
    done = open_one(cast)
    cases.act(cast.acceptor, done, "void", {"reason": "重复登记"})
    second = make.published(cast, first.matter_type, **body)
    return first, second


def open_one(cast: Cast) -> Case:
    return cases.registered(cast, matter_type="city.digging")


def propose(cast: Cast, versions: tuple[MatterVersion, MatterVersion], **changes: Any) -> Any:
    given: dict[str, Any] = {"mapping": MAPPING, "note": "统一口径"} | changes
    return services.propose_migration(
        cast.author, source_id=versions[0].pk, target_id=versions[1].pk, **given
    )


def states(version: MatterVersion) -> list[str]:
    return sorted(Case.objects.filter(version=version).values_list("state", flat=True))


def test_cases_move_in_batches_with_their_clocks(
    cast: Cast, versions: tuple[MatterVersion, MatterVersion]
) -> None:
    first, second = versions
    due = dict(Clock.objects.filter(state="running").values_list("pk", "due_at"))
    migration = propose(cast, versions)
    services.approve_migration(cast.publisher, migration_id=migration.pk)
    assert migrating.run_batch(migration.pk, most=2) == 2
    assert states(second) in (["found", "sent"], ["found", "found"])
    assert migrating.run_batch(migration.pk, most=2) == 1
    migration.refresh_from_db()
    assert (migration.state, migration.moved) == (MigrationState.DONE, 3)
    assert states(first) == ["void"]
    assert states(second) == ["found", "found", "sent"]
    assert dict(Clock.objects.filter(state="running").values_list("pk", "due_at")) == due
    moved = Case.objects.filter(version=second, state="sent").get()
    event = moved.events.get(action="migrate")
    assert event.key == f"migration:{migration.pk}"
    assert "统一口径" in event.note
    assert (
        cases.act(cast.dispatcher, moved, "dispatch", cases.dispatch_data(cast)).state == "waiting"
    )


def test_the_worker_carries_an_approved_move_to_its_end(
    cast: Cast, versions: tuple[MatterVersion, MatterVersion]
) -> None:
    migration = propose(cast, versions)
    services.approve_migration(cast.publisher, migration_id=migration.pk)
    outbox.drain()
    migration.refresh_from_db()
    assert migration.state == MigrationState.DONE
    assert migrating.run_batch(migration.pk) == 0
    events = Case.objects.filter(version=versions[1]).values_list("events__action", flat=True)
    assert list(events).count("migrate") == 3


@pytest.mark.parametrize(
    "mapping",
    [
        {k: v for k, v in MAPPING.items() if k != "doing"},
        MAPPING | {"doing": "doing"},
        MAPPING | {"doing": "done"},
        {},
    ],
    ids=["unmapped", "unknown", "ended", "empty"],
)
def test_a_mapping_with_a_hole_is_refused(
    cast: Cast, versions: tuple[MatterVersion, MatterVersion], mapping: dict[str, str]
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        propose(cast, versions, mapping=mapping)
    assert refusal.value.field == "mapping"
    assert "整改中" in str(refusal.value)


def test_the_second_person_is_another(
    cast: Cast, versions: tuple[MatterVersion, MatterVersion]
) -> None:
    migration = propose(cast, versions)
    for actor in (cast.handler, cast.outsider, cast.author):
        with pytest.raises(NotAllowed):
            services.approve_migration(actor, migration_id=migration.pk)
    cast.author._appointment_permissions = {  # type: ignore[attr-defined]
        "matters.edit_matters",
        "matters.publish_matters",
    }
    with pytest.raises(SamePerson):
        services.approve_migration(cast.author, migration_id=migration.pk)
    with pytest.raises(WrongStanding):
        propose(cast, versions)
    assert migrating.run_batch(migration.pk) == 0
    with pytest.raises(InvalidInput):
        services.refuse_migration(cast.publisher, migration_id=migration.pk, note="")
    services.refuse_migration(cast.publisher, migration_id=migration.pk, note="不必迁移")
    with pytest.raises(WrongStanding):
        services.approve_migration(cast.publisher, migration_id=migration.pk)
    assert propose(cast, versions).state == MigrationState.SUBMITTED


def test_only_to_a_published_version_of_the_same_matter(
    cast: Cast, versions: tuple[MatterVersion, MatterVersion]
) -> None:
    first, _second = versions
    draft = make.draft(cast.author, first.matter_type)
    with pytest.raises(WrongStanding):
        propose(cast, (first, draft))
    with pytest.raises(InvalidInput):
        propose(cast, (first, first))
    hotline = MatterVersion.objects.get(matter_type__code="hotline.demand")
    with pytest.raises(InvalidInput):
        propose(cast, (first, hotline))


def test_a_clock_the_new_version_does_not_know_is_stopped(cast: Cast) -> None:
    first = make.published(cast)
    case = open_one(cast)
    second = make.published(cast, first.matter_type, clocks=[])
    migration = propose(cast, (first, second), mapping=MAPPING | {"doing": "doing"})
    services.approve_migration(cast.publisher, migration_id=migration.pk)
    migrating.run_batch(migration.pk)
    assert Clock.objects.get(subject_id=case.pk).state == "stopped"


def test_the_pages_lead_from_the_preview_to_the_end(
    cast: Cast, versions: tuple[MatterVersion, MatterVersion]
) -> None:
    author, publisher = enter(cast.author), enter(cast.publisher)
    create = address(versions[0], "migration-create")
    page = author.get(f"{create}?target=2")
    counts = {line.state.code: line.count for line in page.context["lines"]}
    assert counts == {"found": 2, "sent": 1, "waiting": 0, "doing": 0}
    typed = {"target": "2", "note": "统一口径", "propose": "1"}
    refused = author.post(create, typed | {"to_found": "found"})
    assert refused.status_code == 400
    assert "统一口径" in refused.content.decode()
    author.post(create, typed | {f"to_{k}": v for k, v in MAPPING.items()})
    migration = CaseMigration.objects.get()
    detail = reverse("studio:migration-detail", args=[migration.pk])
    assert "批准并迁移 3 件" in publisher.get(detail).content.decode()
    assert "批准并迁移" not in author.get(detail).content.decode()
    publisher.post(reverse("studio:migration-deed", args=[migration.pk, "approve"]))
    outbox.drain()
    assert "已完成" in publisher.get(detail).content.decode()
    assert enter(cast.handler).get(detail).status_code == 403
