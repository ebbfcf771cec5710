"""Every quarter each unit looks at rights nobody used (AC-10)."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from openpyxl import load_workbook

from apps.accounts.models import User
from apps.accounts.selectors import appointments_in_force
from apps.audit.services import record
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.notices.models import Notice
from apps.personnel.models import ReviewRow, UnitReview
from apps.personnel.services import reviewing as service


def review_of(user: User) -> UnitReview:
    return UnitReview.objects.get(unit=user.appointments.get().post.organization)


def row_of(user: User) -> ReviewRow:
    return ReviewRow.objects.get(person=user)


def test_only_unused_rights_are_asked_about_once_a_quarter(
    head: User, worker: User, colleague: User
) -> None:
    record(colleague, "case.signed", object_type="case", object_id=1)
    service.follow_reviews()
    people = set(ReviewRow.objects.values_list("person__full_name", flat=True))
    assert "王强" in people
    assert "孙丽" not in people
    assert Notice.objects.filter(recipient=head, title__contains="权限复核").count() == 1
    before = UnitReview.objects.count()
    service.follow_reviews()
    assert UnitReview.objects.count() == before


def test_taking_back_ends_the_post_and_keeping_keeps_it(
    head: User, worker: User, colleague: User
) -> None:
    service.follow_reviews()
    review = review_of(worker)
    service.answer(
        head, review_id=review.pk, row_ids=[row_of(worker).pk], verdict="remove", reason="已不承办"
    )
    service.answer(
        head, review_id=review.pk, row_ids=[row_of(colleague).pk], verdict="keep", reason="备岗"
    )
    assert not appointments_in_force(worker).exists()
    assert appointments_in_force(colleague).exists()
    review.refresh_from_db()
    assert review.answered_at is None  # the head's own row is for somebody else


def test_the_own_row_a_stranger_and_bad_words(
    head: User, clerk: User, stranger: User, worker: User
) -> None:
    service.follow_reviews()
    review = review_of(worker)
    rows = [row_of(worker).pk]
    with pytest.raises(Refused):
        service.answer(
            head, review_id=review.pk, row_ids=[row_of(head).pk], verdict="keep", reason="要用"
        )
    with pytest.raises(NotAllowed):
        service.answer(stranger, review_id=review.pk, row_ids=rows, verdict="keep", reason="x")
    for verdict, reason in (("maybe", "x"), ("keep", " ")):
        with pytest.raises(InvalidInput):
            service.answer(head, review_id=review.pk, row_ids=rows, verdict=verdict, reason=reason)
    service.answer(clerk, review_id=review.pk, row_ids=[row_of(head).pk], verdict="keep",
                   reason="局长")  # fmt: skip


def test_an_administrators_post_is_left_to_the_security_administrator(
    clerk: User, guard: User
) -> None:
    service.follow_reviews()
    review = review_of(guard)
    service.answer(
        clerk, review_id=review.pk, row_ids=[row_of(guard).pk], verdict="remove", reason="闲置"
    )
    assert appointments_in_force(guard).exists()
    assert Notice.objects.filter(recipient=guard, title__startswith="请调整").exists()


def test_who_has_not_answered_is_reminded_every_three_days(head: User, worker: User) -> None:
    service.follow_reviews()
    with clock.at(clock.now() + timedelta(days=12)):
        service.follow_reviews()
        service.follow_reviews()
    assert Notice.objects.filter(recipient=head, title__startswith="催办").count() == 1


def test_the_sheet_says_who_decided(head: User, worker: User) -> None:
    service.follow_reviews()
    service.answer(head, review_id=review_of(worker).pk, row_ids=[row_of(worker).pk],
                   verdict="keep", reason="备岗")  # fmt: skip
    client = Client()
    client.force_login(head)
    answer = client.get("/personnel/reviews/export/")
    sheet = load_workbook(BytesIO(answer.getvalue())).active
    cells = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert any("王强" in row and "保留" in row and "李局长" in row for row in cells)
