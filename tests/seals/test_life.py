"""From application to destruction, and who may not. ES-05, AC-09."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from apps.accounts.services import update_organization
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.seals import services
from apps.seals.crypto import workshop
from apps.seals.crypto.stores import get_store, journal
from apps.seals.crypto.workshop import KeysClosed
from apps.seals.models import Seal, SealEvent, SealIssue
from tests.cast import Cast
from tests.seals.factories import Hall, applied, granted, in_use, made


def test_a_seal_lives_from_application_to_destruction(cast: Cast, people: Hall) -> None:
    seal = in_use(cast, people)
    assert (seal.state, seal.code[:2]) == ("active", "YZ")
    issue = seal.issues.get()
    assert issue.not_after > issue.not_before
    services.ask_ending(people.keeper, seal_id=seal.pk, reason="印章损坏")
    with pytest.raises(NotAllowed):
        services.approve_ending(people.keeper, seal_id=seal.pk)
    services.approve_ending(people.approver, seal_id=seal.pk)
    with workshop.opened():
        assert services.end_due() == 1
        assert services.end_due() == 0
    seal, issue = Seal.objects.get(pk=seal.pk), SealIssue.objects.get(pk=issue.pk)
    assert seal.state == "destroyed"
    assert len(issue.proof) == 64
    assert not seal.grants.filter(ended_at=None).exists()
    with workshop.opened(), pytest.raises(Refused):
        get_store("software").sign(issue.key_label, b"x")
    deeds = list(SealEvent.objects.filter(seal=seal).order_by("pk").values_list("deed", flat=True))
    assert deeds == [
        "applied", "approved", "making_ordered", "made", "filed", "activated", "granted",
        "ending_asked", "ending_approved", "destroyed",
    ]  # fmt: skip
    logged = AuditEntry.objects.filter(object_type="seals.seal", object_id=str(seal.pk))
    assert logged.count() == len(deeds)


def test_two_people_also_for_the_database(cast: Cast, people: Hall) -> None:
    seal = applied(cast, people)
    people.applicant.appointments.get().post.roles.add(
        *people.approver.appointments.get().post.roles.all()
    )
    with pytest.raises(NotAllowed):
        services.approve_seal(people.applicant, seal_id=seal.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Seal.objects.filter(pk=seal.pk).update(approved_by=people.applicant)


def test_the_neighbour_and_the_wrong_role_do_nothing(cast: Cast, people: Hall) -> None:
    seal = applied(cast, people)
    for person in (people.approver_west, people.keeper, people.clerk, cast.outsider):
        with pytest.raises(NotAllowed):
            services.approve_seal(person, seal_id=seal.pk)
    services.approve_seal(people.approver, seal_id=seal.pk)
    with pytest.raises(NotAllowed):
        services.order_making(people.keeper_west, seal_id=seal.pk)
    assert Seal.objects.get(pk=seal.pk).state == "approved"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "章"}, "name"),
        ({"kind": "none"}, "kind"),
        ({"algorithm": "md5"}, "algorithm"),
        ({"picture": b"not a picture"}, "picture"),
        ({"width_mm": 400}, "width_mm"),
        ({"height_mm": 20}, "picture"),
        ({"algorithm": "sm2", "key_store": "token"}, "key_store"),
    ],
)
def test_wrong_input_names_its_field(cast: Cast, people: Hall, given: dict, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        applied(cast, people, **given)
    assert refused.value.field == field


def test_keys_are_closed_to_whoever_serves_pages(cast: Cast, people: Hall) -> None:
    """ES-04: the private key is never opened by a web process."""
    seal = applied(cast, people)
    services.approve_seal(people.approver, seal_id=seal.pk)
    services.order_making(people.keeper, seal_id=seal.pk)
    for deed in (services.make_due, services.end_due, services.seal_due):
        with pytest.raises(KeysClosed):
            deed()
    with pytest.raises(KeysClosed):
        get_store("software").sign("seal-1-1", b"x")
    assert Seal.objects.get(pk=seal.pk).state == "making"
    assert list(journal()) == []


def test_a_making_goes_on_after_a_worker_died(
    cast: Cast, people: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal = applied(cast, people)
    services.approve_seal(people.approver, seal_id=seal.pk)
    services.order_making(people.keeper, seal_id=seal.pk)
    with workshop.opened(), monkeypatch.context() as broken:
        broken.setattr("apps.seals.services.making._finish", _die)
        with pytest.raises(KeyboardInterrupt):
            services.make_due()
    with workshop.opened():
        assert services.make_due() == 1
    assert Seal.objects.get(pk=seal.pk).state == "made"
    assert SealIssue.objects.filter(seal=seal).count() == 1


def _die(*_args: object) -> None:
    raise KeyboardInterrupt


def test_made_anew_the_old_key_is_gone(cast: Cast, people: Hall) -> None:
    seal = in_use(cast, people)
    old = seal.issues.get()
    services.order_making(people.keeper, seal_id=seal.pk, reason="证书到期")
    with workshop.opened():
        assert services.make_due() == 1
    old.refresh_from_db()
    assert old.ended_at is not None
    assert old.proof
    assert Seal.objects.get(pk=seal.pk).state == "made"
    assert seal.issues.filter(ended_at=None).get().number == 2


def test_a_renamed_unit_stops_its_seals(cast: Cast, people: Hall) -> None:
    seal = in_use(cast, people)
    unit = cast.east_works
    update_organization(
        SYSTEM, organization=unit, name="东区综合行政执法局", short_name="", kind=unit.kind,
        area=unit.area, phone="",
    )  # fmt: skip
    assert services.follow_units() == 1
    assert services.follow_units() == 0
    seal = Seal.objects.get(pk=seal.pk)
    assert seal.state == "suspended"
    assert "更名" in seal.attention
    with pytest.raises(Refused):
        services.resume_seal(people.keeper, seal_id=seal.pk, reason="继续使用")


def test_a_closed_unit_stops_its_seals(cast: Cast, people: Hall) -> None:
    seal = in_use(cast, people)
    type(cast.east_works).objects.filter(pk=cast.east_works.pk).update(is_active=False)
    assert services.follow_units() == 1
    assert "合并" in Seal.objects.get(pk=seal.pk).attention


def test_grants_once_and_within_bounds(cast: Cast, people: Hall) -> None:
    seal = in_use(cast, people)
    with pytest.raises(Refused):
        granted(people, seal)
    with pytest.raises(InvalidInput) as refused:
        granted(people, seal, matter="a", quota=0)
    assert refused.value.field == "quota"
    grant = granted(people, seal, matter="b", quota=1)
    services.end_grant(people.keeper, grant_id=grant.pk)
    first = services.end_grant(people.keeper, grant_id=grant.pk)
    assert first.ended_at is not None


def test_history_is_not_rewritten(cast: Cast, people: Hall) -> None:
    made(cast, people)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE seals_sealevent SET note = 'x'")
    assert not SealEvent.objects.filter(note="x").exists()
