"""Other departments' capabilities: asked for, granted by another, called, counted, checked."""

import base64
from datetime import timedelta
from typing import Any

import pytest

from apps.accounts.models import User
from apps.algorithms.models import Capability, CapabilityCall, CapabilityRequest
from apps.algorithms.selectors import list_requests
from apps.algorithms.services import (
    CapabilitySpec,
    ask_for,
    call_capability,
    decide_request,
    revoke_request,
    save_capability,
    set_capability_active,
)
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, Refused, TooMany
from tests.algorithms.factories import person
from tests.algorithms.provider import providing
from tests.cast import Cast

PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n rest").decode()
ANSWER = {"output": {"text": "京A12345"}, "model_version": "ocr-3", "confidence": 0.93}


@pytest.fixture
def people(cast: Cast, settings: Any) -> tuple[User, User]:
    settings.OUTGOING_HOSTS = ["127.0.0.0/8"]
    keeper = person("keeper", "keeper", cast.east_works)
    return keeper, person("publisher", "publisher", cast.center)


def spec(cast: Cast, url: str = "http://127.0.0.1:9999/ocr", **given: Any) -> CapabilitySpec:
    plain: dict[str, Any] = {
        "code": "ocr", "name": "证照文字识别", "kind": "text", "owner": cast.center, "url": url,
        "input_spec": {"picture": "picture"}, "output_spec": {"text": "text"},
        "secret": "their-key",
    }  # fmt: skip
    return CapabilitySpec(**plain | given)


def granted(
    cast: Cast, people: tuple[User, User], url: str, *, daily_calls: int = 2, **given: Any
) -> CapabilityRequest:
    keeper, publisher = people
    one = save_capability(keeper, spec=spec(cast, url, **given))
    set_capability_active(publisher, capability_id=one.pk, is_active=True)
    asked = ask_for(
        keeper, capability_id=one.pk, unit=cast.east_works, purpose="识别违停车辆告知单",
        legal_basis="道路交通安全法", daily_calls=daily_calls,
        expires_on=clock.today() + timedelta(days=30),
    )  # fmt: skip
    return decide_request(publisher, request_id=asked.pk, is_approved=True, text="同意")


def test_a_capability_is_called_by_contract_and_counted(
    cast: Cast, people: tuple[User, User]
) -> None:
    """CP-01, CP-07, CP-08: request, approval, call with version and confidence, daily quota."""
    with providing(200, ANSWER) as (url, seen):
        asked = granted(cast, people, url)
        for _time in range(2):
            called = call_capability(
                people[0], request_id=asked.pk, reason="核对告知单", values={"picture": PICTURE}
            )
        with pytest.raises(TooMany):
            call_capability(
                people[0], request_id=asked.pk, reason="核对告知单", values={"picture": PICTURE}
            )
    assert (called.values, called.model_version, called.confidence) == (
        {"text": "京A12345"}, "ocr-3", 0.93,
    )  # fmt: skip
    assert [key for key, _body in seen] == ["Bearer their-key"] * 2
    call = CapabilityCall.objects.first()
    assert call is not None
    assert (call.is_ok, call.model_version, call.by_id) == (True, "ocr-3", people[0].pk)
    assert "their-key" not in Capability.objects.get().secret


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (500, {}),
        (302, {}),
        (200, b"<html>"),
        (200, b"[" * 100_000),
        (200, {"output": {"text": 5}, "model_version": "1", "confidence": 0.5}),
        (200, {"output": {"text": "a"}, "model_version": "1", "confidence": 7}),
        (200, {"output": {"text": "a"}, "confidence": 0.5}),
        (200, ["not", "an", "object"]),
        (200, b"x" * (2 << 20)),
    ],
)
def test_an_answer_outside_the_contract_is_no_answer(
    cast: Cast, people: tuple[User, User], status: int, said: Any
) -> None:
    with providing(status, said) as (url, _seen):
        asked = granted(cast, people, url)
        called = call_capability(
            people[0], request_id=asked.pk, reason="核对告知单", values={"picture": PICTURE}
        )
    assert called.error
    assert (called.values, CapabilityCall.objects.get().is_ok) == ({}, False)


def test_a_dead_provider_is_told_and_counted(cast: Cast, people: tuple[User, User]) -> None:
    asked = granted(cast, people, "http://127.0.0.1:9/ocr".replace(":9/", ":59999/"))
    called = call_capability(
        people[0], request_id=asked.pk, reason="核对告知单", values={"picture": PICTURE}
    )
    assert called.error
    assert CapabilityCall.objects.get().error == called.error


@pytest.mark.parametrize(
    "values", [{}, {"picture": "no base64"}, {"picture": PICTURE, "more": 1}, {"picture": None}]
)
def test_what_is_sent_is_checked_first(
    cast: Cast, people: tuple[User, User], values: dict[str, Any]
) -> None:
    asked = granted(cast, people, "http://127.0.0.1:59999/ocr")
    with pytest.raises(InvalidInput) as refused:
        call_capability(people[0], request_id=asked.pk, reason="核对告知单", values=values)
    assert refused.value.field == "values"
    assert CapabilityCall.objects.count() == 0


def test_two_people_and_one_unit(cast: Cast, people: tuple[User, User]) -> None:
    keeper, publisher = people
    neighbour = person("neighbour", "keeper", cast.west_works)
    asked = granted(cast, people, "http://127.0.0.1:59999/ocr")
    with pytest.raises(NotAllowed):
        call_capability(
            neighbour, request_id=asked.pk, reason="借用一下", values={"picture": PICTURE}
        )
    assert list(list_requests(neighbour)) == []
    with pytest.raises(NotAllowed):
        decide_request(keeper, request_id=asked.pk, is_approved=True, text="同意")
    with pytest.raises(Refused):
        decide_request(publisher, request_id=asked.pk, is_approved=True, text="同意")
    with pytest.raises(Refused):
        ask_for(
            keeper, capability_id=asked.capability_id, unit=cast.east_works, purpose="再申请一次",
            daily_calls=1, expires_on=clock.today(),
        )  # fmt: skip
    revoke_request(publisher, request_id=asked.pk, text="到期收回")
    with pytest.raises(Refused):
        call_capability(
            keeper, request_id=asked.pk, reason="核对告知单", values={"picture": PICTURE}
        )


@pytest.mark.parametrize("kind", ["face", "probe"])
def test_a_sensitive_one_needs_law_purpose_and_another_person(
    cast: Cast, people: tuple[User, User], kind: str
) -> None:
    """VD-11, IO-15, CP-09: only a slot, switched off until a law and a purpose stand there."""
    keeper, publisher = people
    one = save_capability(keeper, spec=spec(cast, kind=kind, code=kind))
    assert not one.is_active
    with pytest.raises(Refused, match="法律依据"):
        set_capability_active(publisher, capability_id=one.pk, is_active=True)
    lawful = spec(cast, kind=kind, code=kind, legal_basis="反恐怖主义法", purpose="侦查")
    save_capability(keeper, spec=lawful, capability_id=one.pk)
    with pytest.raises(NotAllowed):
        set_capability_active(keeper, capability_id=one.pk, is_active=True)
    set_capability_active(publisher, capability_id=one.pk, is_active=True)
    with pytest.raises(InvalidInput) as refused:
        ask_for(
            keeper, capability_id=one.pk, unit=cast.east_works, purpose="查找走失老人",
            daily_calls=1, expires_on=clock.today(),
        )  # fmt: skip
    assert refused.value.field == "legal_basis"
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert "capability.switched_on" in actions


def test_an_address_the_operators_did_not_list_is_refused(
    cast: Cast, people: tuple[User, User], settings: Any
) -> None:
    settings.OUTGOING_HOSTS = []
    with pytest.raises(InvalidInput) as refused:
        save_capability(people[0], spec=spec(cast))
    assert refused.value.field == "url"
