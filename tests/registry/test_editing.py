"""One thing, one file: new files, changes, merges and what is kept beside."""

import threading
import uuid
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.registry import services
from apps.registry.models import Edit, FieldSet, Person, RegistryFile
from apps.registry.selectors import form_of
from tests.cast import Cast, build_cast
from tests.registry.factories import (
    edit,
    house,
    house_values,
    id_number,
    lay_on,
    person,
    person_values,
)


def test_a_new_person_is_filed_sealed_and_logged(staffed: Cast) -> None:
    found = person(staffed)
    kept = found.person
    assert (found.title, found.version, found.area) == ("张试001", 1, staffed.cells["east"][1])
    assert (kept.sex, str(kept.born_on)) == ("1", "1980-03-01")
    assert id_number(1) not in kept.id_sealed
    assert kept.id_shown.startswith("990*")
    entry = AuditEntry.objects.get(action="registry_file.created")
    assert id_number(1) not in str(entry.data)
    assert entry.data["after"]["name"] == "张***1"


def test_the_same_key_changes_nothing_again(staffed: Cast) -> None:
    key = uuid.uuid4().hex
    first = edit(staffed.collector, "person", person_values(), key=key)
    second = edit(staffed.collector, "person", person_values(2), key=key)
    assert first.pk == second.pk
    assert RegistryFile.objects.count() == 1


def test_a_key_of_somebody_else_is_refused(staffed: Cast) -> None:
    edit(staffed.collector, "person", person_values(), key="k1")
    with pytest.raises(Refused):
        edit(staffed.collector_two, "person", person_values(), key="k1")


def test_the_same_person_again_fills_the_first_file(staffed: Cast) -> None:
    first = person(staffed, phone="", address="")
    again = edit(staffed.collector_two, "person", person_values())
    first.refresh_from_db()
    assert (again.file_id, again.state) == (first.pk, "merged")
    assert (first.phone, first.version) == ("13800000001", 2)


def test_the_same_person_told_otherwise_waits_for_a_keeper(staffed: Cast) -> None:
    first = person(staffed)
    again = edit(staffed.collector_two, "person", person_values(phone="13911112222"))
    first.refresh_from_db()
    assert again.state == "conflict"
    assert again.conflicts == {"phone": ["13800000001", "13800000001", "13911112222"]}
    assert first.phone == "13800000001"


@pytest.mark.parametrize("order", [("phone", "note"), ("note", "phone")])
def test_changes_of_different_fields_merge_in_either_order(
    staffed: Cast, order: tuple[str, str]
) -> None:
    file = person(staffed)
    values = {"phone": "13911112222", "note": "夜班"}
    for name, state in zip(order, ("applied", "merged"), strict=True):
        sent = edit(staffed.collector, "person", {name: values[name]}, file=file, base_version=1)
        assert sent.state == state
    file.refresh_from_db()
    assert (file.phone, file.note, file.version) == ("13911112222", "夜班", 3)


@pytest.mark.parametrize("first", ["13911112222", "13933334444"])
def test_changes_of_one_field_are_settled_by_a_keeper(staffed: Cast, first: str) -> None:
    file = person(staffed)
    second = "13933334444" if first == "13911112222" else "13911112222"
    edit(staffed.collector, "person", {"phone": first}, file=file, base_version=1)
    later = edit(
        staffed.collector_two, "person", {"phone": second, "note": "新"}, file=file, base_version=1
    )
    assert later.conflicts == {"phone": ["13800000001", first, second]}
    settled = services.settle_edit(staffed.registrar, edit_id=later.pk, taken={"phone": "ours"})
    file.refresh_from_db()
    assert (settled.state, file.phone, file.note) == ("settled", second, "新")


def test_a_settled_edit_is_settled_once_and_only_in_its_area(staffed: Cast) -> None:
    file = person(staffed)
    edit(staffed.collector, "person", {"phone": "13911112222"}, file=file)
    later = edit(staffed.collector, "person", {"phone": "13933334444"}, file=file)
    with pytest.raises(NotAllowed):
        services.settle_edit(staffed.registrar_west, edit_id=later.pk, taken={"phone": "ours"})
    with pytest.raises(InvalidInput):
        services.settle_edit(staffed.registrar, edit_id=later.pk, taken={})
    services.settle_edit(staffed.registrar, edit_id=later.pk, taken={"phone": "theirs"})
    with pytest.raises(Refused):
        services.settle_edit(staffed.registrar, edit_id=later.pk, taken={"phone": "ours"})


def test_a_neighbours_worker_neither_finds_nor_changes(staffed: Cast) -> None:
    file = person(staffed)
    with pytest.raises(NotFound):
        edit(staffed.collector_west, "person", {"phone": "13911112222"}, file=file)
    with pytest.raises(NotAllowed):
        edit(staffed.collector_west, "person", person_values(5))


def test_a_reader_writes_nothing(staffed: Cast) -> None:
    with pytest.raises(NotAllowed):
        edit(staffed.reader, "person", person_values())


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"id_number": "990100198003010019"}, "id_number"),
        ({"phone": "abc"}, "phone"),
        ({"born_on": "2999-01-01"}, "born_on"),
        ({"household": "martian"}, "household"),
        ({"point": {"lng": 121.5, "lat": 37.5}}, "point"),
        ({"point": None}, "point"),
    ],
)
def test_bad_input_names_its_field(staffed: Cast, values: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        edit(staffed.collector, "person", person_values(**values))
    assert refusal.value.field == field
    assert not Edit.objects.exists()


def test_what_nobody_asked_for_is_dropped(staffed: Cast) -> None:
    file = person(staffed, version=99, tenant_id=7, same_as="x", id_digest="y")
    assert (file.version, file.tenant, file.extra) == (1, staffed.tenant, {})


def test_a_masked_value_sent_back_was_not_touched(staffed: Cast) -> None:
    file = person(staffed)
    sent = edit(
        staffed.collector,
        "person",
        {"name": "张***1", "phone": "138****0001", "note": "见过"},
        file=file,
    )
    file.refresh_from_db()
    assert (sent.state, file.title, file.phone) == ("applied", "张试001", "13800000001")


def test_further_fields_are_checked_and_kept(staffed: Cast) -> None:
    FieldSet.objects.create(
        kind="person",
        number=1,
        body={"fields": [{"name": "pet", "label": "宠物", "type": "integer", "max": 9}]},
        made_at=clock.now(),
    )
    assert form_of("person")["number"] == 1
    assert person(staffed, pet=3).extra == {"pet": 3}
    with pytest.raises(InvalidInput):
        edit(staffed.collector, "person", person_values(2, pet=30))


def test_a_house_is_one_file_however_its_address_is_written(staffed: Cast) -> None:
    first = house(staffed)
    values = house_values(address="一号路 1号", building="1号楼", room="101室")
    again = edit(staffed.collector_two, "premises", values)
    assert again.file_id == first.pk
    assert first.premises.code.endswith(f"{first.pk:06d}")


def test_a_closed_file_keeps_out_and_makes_room(staffed: Cast) -> None:
    file = person(staffed)
    services.close_file(staffed.registrar, file_id=file.pk, reason="迁出")
    late = edit(staffed.collector, "person", {"note": "晚到"}, file=file)
    assert (late.state, late.reason) == ("refused", "该档案已注销")
    assert person(staffed).pk != file.pk


def test_the_database_keeps_what_was_sent(staffed: Cast) -> None:
    sent = edit(staffed.collector, "person", person_values())
    with pytest.raises(DatabaseError), transaction.atomic():
        Edit.objects.filter(pk=sent.pk).update(values={})


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_one_file() -> None:
    cast = lay_on(build_cast())
    barrier, states = threading.Barrier(2), []

    def enter(actor: Any, phone: str) -> None:
        try:
            barrier.wait(timeout=30)
            states.append(edit(actor, "person", person_values(phone=phone)).state)
        finally:
            connection.close()

    workers = [
        threading.Thread(target=enter, args=(cast.collector, "13911112222")),
        threading.Thread(target=enter, args=(cast.collector_two, "13933334444")),
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)
    assert sorted(states) == ["applied", "conflict"]
    assert Person.objects.count() == 1
