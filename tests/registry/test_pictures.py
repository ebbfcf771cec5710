"""Pictures of visits: seen with the right, the purpose and the mask of whom they show."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from apps.common import clock
from apps.common.errors import NotFound
from apps.common.files import store
from apps.registry import services
from apps.registry.models import RegistryFile, Visit
from apps.registry.selectors.pictures import get_visit_picture
from tests.cast import Cast
from tests.registry.factories import made, person, special_type
from tests.registry.test_pages import signed_in


def visited(cast: Cast, file: RegistryFile, *, enrolment_id: int | None = None) -> Visit:
    """Will write down a visit with one picture."""
    held = io.BytesIO()
    Image.new("RGB", (400, 300), (90, 140, 60)).save(held, "JPEG")
    stored = store(SimpleUploadedFile("a.jpg", held.getvalue()))
    visit = services.VisitData(
        file_id=file.pk, at=clock.now(), enrolment_id=enrolment_id, files=[stored]
    )
    return services.record_visit(cast.collector, key=f"v{file.pk}", visit=visit)


def address(visit: Visit) -> str:
    return reverse("registry:visit-picture", args=[visit.pk, visit.pictures.get().pk])


def test_a_persons_picture_is_seen_on_the_revealed_page_only(staffed: Cast) -> None:
    visit = visited(staffed, person(staffed))
    client = signed_in(staffed.registrar)
    page = client.get(reverse("registry:file-detail", args=[visit.file_id])).content.decode()
    assert "1 张照片，填写用途后可看" in page
    assert client.get(address(visit)).status_code == 404
    reveal = reverse("registry:file-reveal", args=[visit.file_id])
    opened = client.post(reveal, {"purpose": "核对情况"})
    link = f"{address(visit)}?pass={opened.context['given_pass']}"
    assert link in opened.content.decode()
    shown = client.get(f"{link}&thumbnail=1")
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/webp")
    assert shown["Cache-Control"] == "private, no-store"
    for user, status in ((staffed.collector, 404), (staffed.registrar_west, 404)):
        assert signed_in(user).get(link).status_code == status


def test_a_firms_picture_is_seen_by_whoever_reaches_the_firm(staffed: Cast) -> None:
    firm = made(
        staffed.collector, "firm", {"name": "甲店", "point": {"lng": 120.012, "lat": 36.012}}
    )
    visit = visited(staffed, firm)
    page = signed_in(staffed.reader).get(reverse("registry:file-detail", args=[firm.pk]))
    assert address(visit) in page.content.decode()
    for user, status in (
        (staffed.reader, 200),
        (staffed.registrar_west, 404),
        (staffed.outsider, 403),
    ):
        assert signed_in(user).get(address(visit)).status_code == status


def test_a_picture_of_a_special_group_needs_an_opening_that_holds(staffed: Cast) -> None:
    kind = special_type(staffed)
    found = services.enrol(
        staffed.registrar, file_id=person(staffed).pk, type_id=kind.pk, grade="low"
    )
    visit = visited(staffed, found.file, enrolment_id=found.pk)
    client = signed_in(staffed.registrar)
    assert client.get(address(visit)).status_code == 404
    services.open_enrolment(staffed.registrar, enrolment=found, purpose="入户前了解")
    assert client.get(address(visit)).status_code == 200
    page = client.get(reverse("registry:enrolment-detail", args=[found.pk]))
    assert address(visit) in page.content.decode()
    with clock.at(clock.now() + timedelta(minutes=31)), pytest.raises(NotFound):
        get_visit_picture(staffed.registrar, visit_id=visit.pk, picture_id=visit.pictures.get().pk)
