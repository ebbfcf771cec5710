"""A client on trial gets the real answers, and nothing of what it did stays. Source: GW-05."""

from typing import Any

import pytest

from apps.audit.models import AuditEntry
from apps.common.memory import forget_all
from apps.common.models import IdempotencyRecord, OutboxMessage
from apps.gateway.models import ApiClient
from apps.hotline.models import Demand
from apps.matters.models import Case
from apps.notices.models import Delivery
from tests.hotline.test_api import body, key, post

__all__ = ["key"]  # the fixture of the real client


@pytest.fixture
def trial(key: str) -> str:
    ApiClient.objects.update(is_trial=True)
    return key


def kept() -> list[int]:
    tables: list[Any] = [Case, Demand, Delivery, OutboxMessage, IdempotencyRecord, AuditEntry]
    return [table.objects.count() for table in tables]


def test_a_report_is_answered_as_ever_and_taken_back(trial: str) -> None:
    before = kept()
    answer = post(trial, body(), **{"Idempotency-Key": "app-2026-000001"})
    assert answer.status_code == 201
    assert answer["CityBrain-Trial"] == "taken-back"
    assert answer.json()["place"]["area"] != ""
    assert kept() == before


def test_what_is_wrong_is_refused_as_ever(trial: str) -> None:
    answer = post(trial, body(lon=1, lat=1))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "point"


def test_a_real_client_is_not_touched(key: str) -> None:
    answer = post(key, body())
    assert "CityBrain-Trial" not in answer
    assert Demand.objects.count() == 1


def test_after_the_trial_the_same_key_counts_for_the_first_time(trial: str) -> None:
    header = {"Idempotency-Key": "app-2026-000002"}
    post(trial, body(), **header)
    ApiClient.objects.update(is_trial=False)
    forget_all()
    answer = post(trial, body(), **header)
    assert answer.json()["repeated"] is False
    assert Demand.objects.count() == 1
