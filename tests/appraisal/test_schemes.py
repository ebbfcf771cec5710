"""Weights and terms of a scheme, and the second person. OP-16."""

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from apps.appraisal import services
from apps.appraisal.enums import SchemeState
from apps.appraisal.models import Scheme
from apps.appraisal.schemes import read_terms
from apps.appraisal.selectors.schemes import find_scheme
from apps.common.errors import InvalidInput, NotAllowed, Refused
from tests.appraisal.factories import BODY, computed, scheme
from tests.cast import Cast


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"weights": {"online": 40, "recording": 30, "repair": 20, "picture": 9}}, "weights"),
        ({"weights": {"online": 101, "recording": -1, "repair": 0, "picture": 0}}, "online"),
        ({"weights": {"online": 100, "recording": 0, "repair": 0}}, "picture"),
        ({"weights": {"online": True, "recording": 0, "repair": 99, "picture": 0}}, "online"),
        ({"excused": ["rain"]}, "excused"),
        ({"kinds": ["abc"]}, "kinds"),
        ({"appeal_days": 0}, "appeal_days"),
    ],
)
def test_terms_that_cannot_be_accepted_name_their_field(
    changed: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_terms(BODY | changed)
    assert refusal.value.field == field


def test_terms_come_back_as_they_were_written() -> None:
    terms = read_terms(BODY)
    assert read_terms(terms.as_body()) == terms
    assert terms.weights.total == 100


@pytest.mark.django_db
def test_who_writes_a_scheme_does_not_publish_it(desk: Cast) -> None:
    draft = services.draft_scheme(
        desk.manager, tenant=desk.tenant, name="方案", basis="办法", body=BODY,
        effective_from=date(2026, 1, 1),
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        services.decide_scheme(desk.manager, scheme_id=draft.pk, publish=True)
    with pytest.raises(Refused, match="草稿"):
        services.decide_scheme(desk.rater, scheme_id=draft.pk, publish=True)
    services.submit_scheme(desk.manager, scheme_id=draft.pk)
    services.decide_scheme(desk.rater, scheme_id=draft.pk, publish=False)
    draft.refresh_from_db()
    assert draft.state == SchemeState.DRAFT
    with pytest.raises(NotAllowed):
        services.draft_scheme(
            desk.vendor_a, tenant=desk.tenant, name="方案", basis="办法", body=BODY,
            effective_from=date(2026, 1, 1),
        )  # fmt: skip


@pytest.mark.django_db
def test_a_later_version_of_the_same_month_retires_the_first_which_never_changes(
    desk: Cast,
) -> None:
    first, second = scheme(desk), scheme(desk, appeal_days=7)
    first.refresh_from_db()
    assert (first.state, second.number) == (SchemeState.RETIRED, 2)
    assert find_scheme(desk.tenant, date(2026, 5, 1)) == second
    with pytest.raises(DatabaseError, match="change"), transaction.atomic():
        Scheme.objects.filter(pk=second.pk).update(body={})


@pytest.mark.django_db
def test_a_month_open_to_appeals_keeps_its_scheme(desk: Cast) -> None:
    scheme(desk)
    services.open_run(desk.manager, run_id=computed(desk).pk)
    with pytest.raises(Refused, match="公示"):
        scheme(desk)
    assert Scheme.objects.filter(state=SchemeState.PUBLISHED).count() == 1
