"""The pages: who sees them, what they do, what they say to bad input."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Organization, User
from apps.common import clock
from apps.personnel.models import Leaving, ReviewRow, UnitReview
from apps.personnel.services import leaving, moving, reorganising, reviewing
from tests.accounts.factories import PostFactory
from tests.cast import Cast
from tests.matters.factories import handling

LISTS = [
    "", "leavings/", "joinings/", "transfers/", "training/", "templates/", "directory/",
    "reorganisations/", "reorganisations/new/", "reviews/",
]  # fmt: skip
FORMS = [
    "leavings/new/", "joinings/new/", "joinings/import/", "transfers/new/", "training/new/",
    "courses/new/", "templates/new/",
]  # fmt: skip


@pytest.fixture(autouse=True)
def no_step_up(settings: Any) -> None:
    settings.STEP_UP = False


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("path", [*LISTS, *FORMS])
def test_clerks_see_the_pages_others_do_not(clerk: User, worker: User, path: str) -> None:
    assert as_(clerk).get(f"/personnel/{path}").status_code == 200
    assert as_(worker).get(f"/personnel/{path}").status_code == 403
    assert Client().get(f"/personnel/{path}").status_code == 302


@pytest.mark.parametrize("path", FORMS)
def test_an_empty_form_says_what_is_missing(clerk: User, path: str) -> None:
    answer = as_(clerk).post(f"/personnel/{path}", {"sent": "1"})
    assert answer.status_code == 422
    assert "处需要修改" in answer.content.decode()


def test_a_leaving_from_the_form_to_the_certificate(clerk: User, worker: User) -> None:
    client = as_(clerk)
    at = timezone.localtime(clock.now() - timedelta(minutes=5))
    answer = client.post(
        "/personnel/leavings/new/",
        {"person": worker.username, "leaves_at": f"{at:%Y-%m-%dT%H:%M}", "reason": "resigned"},
    )
    made = Leaving.objects.get()
    assert answer.headers["Location"] == f"/personnel/leavings/{made.pk}/"
    text = client.get(f"/personnel/leavings/{made.pk}/certificate/").content.decode()
    for word in (made.number, "王强", "登录会话", "接口密钥", str(made.audit_id)):
        assert word in text


def test_the_neighbour_finds_nothing(clerk: User, stranger: User, worker: User) -> None:
    made = leaving.file_leaving(
        clerk, person=worker, leaves_at=clock.now() + timedelta(days=1), reason="retired"
    )
    client = as_(stranger)
    assert client.get(f"/personnel/leavings/{made.pk}/").status_code == 404
    assert client.post(f"/personnel/leavings/{made.pk}/cancel/").status_code == 404
    assert "王强" not in client.get("/personnel/leavings/").content.decode()
    assert client.post(
        "/personnel/leavings/new/",
        {"person": worker.username, "leaves_at": "2026-11-21T10:00", "reason": "retired"},
    ).status_code == 422  # fmt: skip


def test_work_is_handed_over_in_bulk(cast: Cast) -> None:
    handling(cast)
    made = leaving.file_leaving(
        cast.supervisor.__class__.objects.create_superuser("root", full_name="根"),
        person=cast.handler, leaves_at=clock.now() + timedelta(days=1), reason="resigned",
    )  # fmt: skip
    client = as_(User.objects.get(username="root"))
    page = client.get(f"/personnel/leavings/{made.pk}/").content.decode()
    key = page.split('value="matters.tasks:')[1].split('"')[0]
    client.post(
        f"/personnel/leavings/{made.pk}/hand-over/",
        {"chosen": [f"matters.tasks:{key}"], "to": cast.colleague.pk},
    )
    assert made.handovers.get().to == cast.colleague


def test_details_open(clerk: User, approver: User, worker: User, office: Organization) -> None:
    post = PostFactory(organization=office, name="新岗")
    transfer = moving.file_transfer(
        clerk, appointment=worker.appointments.get(), new_post=post, kind="regular",
        on=clock.today() + timedelta(days=1), reason="轮岗",
    )  # fmt: skip
    change = reorganising.file_reorganisation(
        clerk, kind="rename", unit=office, on=clock.today(), reason="文件", new_name="新名局"
    )
    reviewing.follow_reviews()
    review = UnitReview.objects.get(unit=office)
    for path in (
        f"transfers/{transfer.pk}/", f"reorganisations/{change.pk}/", f"reviews/{review.pk}/",
        "reviews/export/", "templates/excess/",
    ):  # fmt: skip
        assert as_(clerk).get(f"/personnel/{path}").status_code == 200
    as_(approver).post(f"/personnel/reorganisations/{change.pk}/decide/", {"deed": "approve"})
    office.refresh_from_db()
    assert office.name == "新名局"
    rows = list(ReviewRow.objects.filter(review=review).values_list("pk", flat=True))
    as_(clerk).post(
        f"/personnel/reviews/{review.pk}/answer/",
        {"chosen": rows, "verdict": "keep", "reason": "要用"},
    )
    review.refresh_from_db()
    assert review.answered_at is not None


def test_everybody_has_deputies(worker: User, colleague: User, stranger: User) -> None:
    client = as_(worker)
    today = clock.today().isoformat()
    data = {"deputy": colleague.pk, "from_on": today, "to_on": today, "reason": "休假"}
    assert client.post("/personnel/me/deputies/", data).status_code == 302
    for person in (worker, colleague):
        assert "休假" in as_(person).get("/personnel/me/deputies/").content.decode()
    wrong = client.post("/personnel/me/deputies/", data | {"deputy": stranger.pk})
    assert wrong.status_code == 422
    key = worker.given_delegations.get().pk
    assert as_(stranger).post(f"/personnel/me/deputies/{key}/end/").status_code == 404
    client.post(f"/personnel/me/deputies/{key}/end/")
    assert worker.given_delegations.get().ended_at is not None


def test_lists_cost_few_queries(
    clerk: User, office: Organization, django_assert_max_num_queries: Any
) -> None:
    from tests.accounts.factories import make_person

    for number in range(6):
        person = make_person("matters.handle_case", organization=office, full_name=f"人{number}")
        leaving.file_leaving(
            clerk, person=person, leaves_at=clock.now() + timedelta(days=1), reason="retired"
        )
    client = as_(clerk)
    client.get("/personnel/leavings/")
    with django_assert_max_num_queries(14):
        client.get("/personnel/leavings/")


def test_a_change_is_asked_for_in_two_steps(clerk: User, office: Organization) -> None:
    client = as_(clerk)
    answer = client.get("/personnel/reorganisations/new/", {"kind": "rename", "unit": office.pk})
    path = answer.headers["Location"]
    assert path == f"/personnel/reorganisations/new/rename/{office.pk}/"
    assert client.post(path, {"sent": "1"}).status_code == 422
    day = clock.today().isoformat()
    sent = client.post(path, {"new_name": "新名局", "on": day, "reason": "文件"})
    assert sent.status_code == 302
    for kind in ("merge", "move", "split"):
        assert client.get(path.replace("rename", kind)).status_code == 200
    assert client.get(path.replace("rename", "burn")).status_code == 404


def test_people_are_found_by_name_or_number(clerk: User, worker: User, colleague: User) -> None:
    User.objects.filter(pk=colleague.pk).update(full_name="王强", employee_number="A-7")
    client = as_(clerk)
    day = timezone.localtime(clock.now() + timedelta(days=2))
    data = {"leaves_at": f"{day:%Y-%m-%dT%H:%M}", "reason": "retired"}
    twice = client.post("/personnel/leavings/new/", data | {"person": "王强"})
    assert "有同名人员" in twice.content.decode()
    client.post("/personnel/leavings/new/", data | {"person": "a-7"})
    assert Leaving.objects.get().person == colleague


def test_a_transfer_from_the_form(clerk: User, worker: User, office: Organization) -> None:
    post = PostFactory(organization=office, name="新岗")
    day = (clock.today() + timedelta(days=1)).isoformat()
    answer = as_(clerk).post(
        "/personnel/transfers/new/",
        {
            "person": worker.username, "kind": "regular", "new_post": post.pk, "on": day,
            "overlap_days": 0, "reason": "轮岗",
        },
    )  # fmt: skip
    assert answer.status_code == 302
    assert worker.transfers.get().new_post == post
