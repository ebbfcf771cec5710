"""The pages of the registry: what they show, hide, take and refuse."""

import io
import uuid
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.registry import services
from apps.registry.models import Edit, Enrolment, RegistryFile, Relation, UtilityReading
from tests.cast import Cast
from tests.registry.factories import (
    edit,
    house,
    id_number,
    person,
    person_values,
    special_type,
)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(name: str, *args: Any) -> str:
    return reverse(f"registry:{name}", args=args)


def test_a_list_masks_and_finds_by_the_whole_number_only(staffed: Cast) -> None:
    person(staffed)
    client = signed_in(staffed.registrar)
    body = client.get(url("file-list"), {"q": id_number(1)}).content.decode()
    assert "张***1" in body
    assert "张试001" not in body
    assert AuditEntry.objects.filter(action="registry.number_searched").count() == 1
    for text in (id_number(1)[:14], "张试"):
        assert "张***1" not in client.get(url("file-list"), {"q": text}).content.decode()


def test_a_file_shows_masked_and_reveals_for_a_purpose(staffed: Cast) -> None:
    file = person(staffed)
    client = signed_in(staffed.registrar)
    assert "13800000001" not in client.get(url("file-detail", file.pk)).content.decode()
    refused = client.post(url("file-reveal", file.pk), {"purpose": ""})
    assert refused.status_code == 302
    shown = client.post(url("file-reveal", file.pk), {"purpose": "核对户籍"}).content.decode()
    assert id_number(1) in shown
    entry = AuditEntry.objects.get(action="registry_file.revealed")
    assert entry.data == {"purpose": "核对户籍"}


def test_others_find_nothing(staffed: Cast) -> None:
    file = person(staffed)
    for user, status in ((staffed.registrar_west, 404), (staffed.outsider, 403)):
        assert signed_in(user).get(url("file-detail", file.pk)).status_code == status
    reader = signed_in(staffed.reader)
    assert reader.post(url("file-reveal", file.pk), {"purpose": "看看"}).status_code == 403
    assert reader.get(url("file-edit", file.pk)).status_code == 403


def test_a_form_makes_a_file_and_offers_near_ones(staffed: Cast) -> None:
    file = person(staffed)
    client = signed_in(staffed.collector)
    near = client.post(url("near", "person"), {"phone": "13800000001"}).content.decode()
    assert url("file-detail", file.pk) in near
    values = person_values(2) | {"point_lng": "120.012", "point_lat": "36.012", "key": "k2"}
    del values["point"]
    assert client.get(url("file-new", "person")).status_code == 200
    answer = client.post(url("file-new", "person"), values)
    made = RegistryFile.objects.latest("pk")
    assert answer["Location"] == url("file-detail", made.pk)
    assert client.post(url("file-new", "person"), values | {"phone": "1x"}).status_code == 422


def test_a_form_of_a_change_leaves_masked_fields_alone(staffed: Cast) -> None:
    file = person(staffed)
    client = signed_in(staffed.collector)
    page = client.get(url("file-edit", file.pk))
    sent = {name: page.context["form"][name].value() or "" for name in page.context["form"].fields}
    sent |= {"note": "夜班", "base": "1", "key": uuid.uuid4().hex}
    sent.pop("point")
    assert client.post(url("file-edit", file.pk), sent).status_code == 302
    file.refresh_from_db()
    assert (file.title, file.phone, file.note) == ("张试001", "13800000001", "夜班")
    assert Edit.objects.latest("pk").changed == {"note": ["", "夜班"]}


def test_a_conflict_is_settled_on_its_page(staffed: Cast) -> None:
    file = person(staffed)
    for phone in ("13911112222", "13933334444"):
        sent = edit(staffed.collector, "person", {"phone": phone}, file=file)
    client = signed_in(staffed.registrar)
    assert url("conflict-detail", sent.pk) in client.get(url("conflict-list")).content.decode()
    assert client.get(url("conflict-detail", sent.pk)).status_code == 200
    assert client.post(url("conflict-detail", sent.pk), {"phone": "x"}).status_code == 422
    client.post(url("conflict-detail", sent.pk), {"phone": "ours"})
    file.refresh_from_db()
    assert file.phone == "13933334444"


def test_a_house_tells_of_its_people_leases_and_use(staffed: Cast) -> None:
    home, today = house(staffed), clock.today()
    for number, start in ((1, 200), (2, 100)):
        renter = person(staffed, number, household="floating")
        services.link_files(
            staffed.collector,
            kind_code="tenant",
            from_id=renter.pk,
            to_id=home.pk,
            from_on=today - timedelta(days=start),
        )
    rows = "房屋编码,类别,月份,用量\n" + "".join(
        f"{home.premises.code},水,2026-{month:02d},{amount}\n"
        for month, amount in enumerate((5, 6, 5, 5, 6, 0), start=1)
    )
    client = signed_in(staffed.registrar)
    upload = io.BytesIO(rows.encode())
    upload.name = "readings.csv"
    assert client.post(url("reading-import"), {"file": upload}).status_code == 302
    assert UtilityReading.objects.count() == 6
    page = client.get(url("file-detail", home.pk))
    assert [lease.companions for lease in page.context["leases"]] == [1, 1]
    assert len(page.context["dwellers"]) == 2
    assert page.context["trend"][-1]["people"] == 2
    assert [usage.hint for usage in page.context["hints"]] == ["有人居住而用量为零"]


def test_faults_of_a_sheet_of_use_come_on_the_page_or_as_a_sheet(staffed: Cast) -> None:
    text = f"房屋编码,类别,月份,用量\n{house(staffed).premises.code},水,2026-13,5\n"
    client = signed_in(staffed.registrar)
    answers = []
    for more in ({}, {"sheet": "1"}):
        upload = io.BytesIO(text.encode())
        upload.name = "readings.csv"
        answers.append(client.post(url("reading-import"), {"file": upload} | more))
    page, sheet = answers
    assert page.status_code == 422
    assert "第2行 月份" in page.content.decode()
    [row] = openpyxl.load_workbook(io.BytesIO(b"".join(sheet))).active.iter_rows(
        min_row=2, values_only=True
    )
    assert row[:2] == (2, "月份")
    assert not UtilityReading.objects.exists()


def test_links_are_made_twice_never_and_ended_once(staffed: Cast) -> None:
    home, renter = house(staffed), person(staffed)
    client = signed_in(staffed.collector)
    sent = {
        "kind": "tenant:to",
        "other": home.ref,
        "from_on": (clock.today() - timedelta(days=9)).isoformat(),
    }
    assert client.get(url("link-new", renter.pk)).status_code == 200
    assert client.post(url("link-new", renter.pk), sent).status_code == 302
    assert client.post(url("link-new", renter.pk), sent).status_code == 422
    relation = Relation.objects.get()
    for _turn in range(2):
        client.post(url("relation-end", renter.pk, relation.pk), {"to_on": ""})
    relation.refresh_from_db()
    assert relation.to_on == clock.today()
    assert AuditEntry.objects.filter(action="registry_relation.ended").count() == 1


def test_a_person_is_drawn_onto_a_house(staffed: Cast) -> None:
    home, renter = house(staffed), person(staffed)
    client = signed_in(staffed.collector)
    assert client.get(url("relate")).status_code == 200
    today = clock.today().isoformat()
    sent = {"person": renter.pk, "house": home.pk, "kind": "dweller", "from_on": today}
    assert client.post(url("relate"), sent)["Location"] == url("file-detail", home.pk)
    west = signed_in(staffed.collector_west)
    assert west.post(url("relate"), sent).status_code == 422
    assert Relation.objects.count() == 1


def test_an_enrolment_opens_for_a_purpose(staffed: Cast) -> None:
    file, kind = person(staffed), special_type(staffed)
    keeper = signed_in(staffed.registrar)
    address = f"{url('enrolment-new', file.pk)}?type={kind.pk}"
    sent = {"grade": "high", "reason": "医院转介", "data-diagnosis": "甲"}
    assert keeper.get(url("enrolment-new", file.pk)).status_code == 200
    assert keeper.post(address, sent).status_code == 302
    found = Enrolment.objects.get()
    assert "甲" not in keeper.get(url("enrolment-detail", found.pk)).content.decode()
    keeper.post(url("enrolment-open", found.pk), {"purpose": "入户前了解"})
    assert "甲" in keeper.get(url("enrolment-detail", found.pk)).content.decode()
    keeper.post(url("enrolment-change", found.pk), {"grade": "low", "reason": "稳定"})
    found.refresh_from_db()
    assert found.grade == "low"
    for name in ("care-list", "visit-board", "opening-list"):
        assert keeper.get(url(name)).status_code == 200


def test_a_visit_is_written_down_on_its_page(staffed: Cast) -> None:
    file, kind = person(staffed), special_type(staffed)
    found = services.enrol(staffed.registrar, file_id=file.pk, type_id=kind.pk, grade="low")
    client = signed_in(staffed.collector)
    address = f"{url('visit-new')}?enrolment={found.pk}"
    assert client.get(address).status_code == 200
    at = (clock.now() + timedelta(hours=8) - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M")
    sent = {"kind": "visit", "at": at, "data-mood": "好", "key": "v1"}
    assert client.post(address, sent).status_code == 302
    assert found.visits.get().data == {"mood": "好"}


def test_the_glass_is_broken_on_its_page(staffed: Cast) -> None:
    file, kind = person(staffed), special_type(staffed)
    found = services.enrol(staffed.registrar, file_id=file.pk, type_id=kind.pk, grade="low")
    client = signed_in(staffed.emergency)
    assert client.get(url("enrolment-detail", found.pk)).status_code == 404
    sent = {"number": found.ref, "reason": "走失老人家属求助"}
    assert client.get(url("glass")).status_code == 200
    assert client.post(url("glass"), {"number": "E9", "reason": sent["reason"]}).status_code == 422
    assert client.post(url("glass"), sent)["Location"] == url("enrolment-detail", found.pk)
    assert client.get(url("enrolment-detail", found.pk)).status_code == 200
    assert signed_in(staffed.auditor).get(url("opening-list")).status_code == 200


def test_types_and_fields_are_kept_as_data(staffed: Cast) -> None:
    client = signed_in(staffed.registrar)
    client.post(url("types-ship"))
    page = client.get(url("type-list"))
    assert len(page.context["types"]) == 22
    kind = page.context["types"][0]
    assert client.get(url("type-edit", kind.pk)).status_code == 200
    assert client.post(url("type-new"), {"code": "x", "name": "甲"}).status_code == 422
    row = {"fields-TOTAL_FORMS": "1", "fields-INITIAL_FORMS": "0", "fields-0-type": "integer"}
    reserved = row | {"fields-0-label": "name"}
    assert client.post(url("fields-edit", "person"), reserved).status_code == 422
    good = row | {"fields-0-label": "宠物"}
    assert client.post(url("fields-edit", "person"), good).status_code == 302


def test_figures_open_their_rows(staffed: Cast) -> None:
    person(staffed)
    person(staffed, 2, household="floating")
    client = signed_in(staffed.registrar)
    page = client.get(url("figures"))
    people = page.context["kinds"][0]
    assert (people.total, people.new, people.before, people.growth) == (2, 2, 0, None)
    complete, registered = page.context["rates"]
    assert (complete.text, registered.text) == ("100.0%", "0.0%")
    rows = client.get(f"{url('figure-rows')}?kind=person&figure=total")
    assert len(rows.context["rows"]) == 2
    missed = client.get(f"{url('figure-rows')}?rate=registered")
    assert len(missed.context["rows"]) == 1
    nonsense = client.get(f"{url('figure-rows')}?kind=x&figure=y&rate=z&first=never")
    assert nonsense.status_code == 200


def test_many_files_leave_by_two_people_only(staffed: Cast, settings: Any) -> None:
    settings.EXPORT_ALONE_LIMIT = 1
    for number in (1, 2):
        person(staffed, number)
    client = signed_in(staffed.registrar)
    assert url("export-request") in client.get(url("file-export"))["Location"]
    assert client.get(url("export-request")).status_code == 200
    filed = client.post(url("export-request"), {"reason": "年度核对"})
    assert filed.status_code == 302
    assert signed_in(staffed.reader).get(url("file-export")).status_code == 403


def test_a_task_is_done_by_edits_and_checked_by_sample(staffed: Cast) -> None:
    file = person(staffed)
    client = signed_in(staffed.registrar)
    sent = {
        "title": "秋季核实",
        "kind": "person",
        "area": staffed.east.pk,
        "due_on": clock.today().isoformat(),
        "unseen_days": "0",
    }
    assert client.get(url("task-new")).status_code == 200
    task_url = client.post(url("task-new"), sent)["Location"]
    edit(staffed.collector, "person", {"note": "在家"}, file=file)
    assert client.get(task_url).context["progress"]["done"] == 1
    client.post(f"{task_url}sample/", {"percent": "50"})
    target = client.get(task_url).context["rows"][0][0]
    client.post(f"{task_url}targets/{target.pk}/", {"verdict": "good"})
    assert client.get(url("task-list")).context["rows"][0]["quality"] == "100%"
    client.post(f"{task_url}close/")
    west = signed_in(staffed.registrar_west)
    assert west.get(task_url).status_code == 404


def test_shares_are_listed_made_and_ended(staffed: Cast) -> None:
    client = signed_in(staffed.registrar)
    sent = {
        "unit": staffed.east_works.pk,
        "kind": "person",
        "group": "basic",
        "area": staffed.east.pk,
        "purpose": "防汛排查",
    }
    assert client.post(url("share-list"), sent).status_code == 302
    assert client.post(url("share-list"), sent).status_code == 422
    share = client.get(url("share-list")).context["rows"][0]
    client.post(url("share-end", share.pk))
    share.refresh_from_db()
    assert share.ended_at is not None


@pytest.mark.parametrize("name", ["relate", "conflict-list", "types-ship", "share-list", "glass"])
def test_a_reader_is_kept_out(staffed: Cast, name: str) -> None:
    assert signed_in(staffed.reader).get(url(name)).status_code in (403, 405)
