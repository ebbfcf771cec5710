"""What a leader sees of what was kept."""

import pytest
from django.test import Client

from apps.audit.models import AuditEntry
from apps.phone.models import Deed
from tests.cast import Cast, _person
from tests.phone.factories import Phone, deed, leader, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(cast: Cast) -> Deed:
    phone = Phone(cast.grid_worker)
    phone.send(deed(files=[phone.upload(picture())]))
    return Deed.objects.get()


@pytest.fixture
def office(cast: Cast) -> Client:
    client = Client()
    client.force_login(leader(cast))
    return client


def test_a_note_is_read_by_the_leader_and_that_is_logged(office: Client, kept: Deed) -> None:
    page = office.get(f"/m/office/kept/{kept.pk}/").content.decode()
    assert "三号楼后消防通道有人堆放纸箱" in page
    assert AuditEntry.objects.filter(action="phone.kept_read").count() == 1


def test_its_photograph_is_shown(office: Client, kept: Deed) -> None:
    answer = office.get(f"/m/office/kept/{kept.pk}/photos/0/")
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert office.get(f"/m/office/kept/{kept.pk}/photos/1/").status_code == 404


def test_what_became_of_it_is_noted_once(office: Client, kept: Deed) -> None:
    answer = office.post(f"/m/office/kept/{kept.pk}/", {"note": "已通知物业清理"})
    assert answer.status_code == 302
    kept.refresh_from_db()
    assert (kept.settled_note, kept.settled_by) == ("已通知物业清理", Deed.objects.get().settled_by)
    entry = AuditEntry.objects.get(action="phone.kept_settled")
    assert entry.data["after"]["settled_note"] == "已通知物业清理"
    assert "已通知物业清理" not in office.get("/m/office/kept/").content.decode()
    again = office.post(f"/m/office/kept/{kept.pk}/", {"note": "再来"}).content.decode()
    assert "已经处理过了" in again


def test_an_empty_note_is_refused(office: Client, kept: Deed) -> None:
    assert office.post(f"/m/office/kept/{kept.pk}/", {"note": " "}).status_code == 400


def test_the_neighbour_s_leader_sees_nothing(cast: Cast, office: Client, kept: Deed) -> None:
    other = Client()
    other.force_login(_person("leader_west", "蒋西", "phone_leader", cast.west_works))
    assert other.get(f"/m/office/kept/{kept.pk}/").status_code == 404
    assert other.post(f"/m/office/kept/{kept.pk}/", {"note": "x"}).status_code == 404
    assert "冯军" not in other.get("/m/office/kept/").content.decode()


def test_without_the_right_nothing_is_read(cast: Cast, kept: Deed) -> None:
    client = Client()
    client.force_login(cast.handler)
    assert client.get("/m/office/kept/").status_code == 403
    assert client.get(f"/m/office/kept/{kept.pk}/photos/0/").status_code == 403
