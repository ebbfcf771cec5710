"""A demand becomes a case, once, with everything around it."""

import threading
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.models import AuditEntry
from apps.common.errors import InvalidInput
from apps.hotline.enums import CallEventKind, ComplaintFamily, Nature
from apps.hotline.models import Caller, Demand, Line
from apps.hotline.services import apply_event, register_demand
from apps.matters.enums import Channel
from apps.matters.models import Case
from apps.notices.models import Delivery
from tests.cast import Cast, build_cast
from tests.hotline.factories import PHONE, TEXT, demand, event, intake, neighbour

pytestmark = pytest.mark.django_db


def test_registering_writes_case_demand_caller_receipt_and_log(cast: Cast) -> None:
    outcome = register_demand(cast.acceptor, tenant=cast.tenant, intake=intake())

    case, told = outcome.case, Demand.objects.get()
    assert case.area in cast.cells["east"]
    assert (told.case, told.reporter_phone, told.nature) == (case, PHONE, Nature.HELP)
    assert told.caller is not None
    assert told.caller.name == "张三丰"
    receipt = Delivery.objects.get()
    assert receipt.to == PHONE
    assert case.number in receipt.text
    assert AuditEntry.objects.filter(action="case.open", object_id=str(case.pk)).exists()


def test_a_second_demand_counts_on_the_same_caller(cast: Cast) -> None:
    demand(cast)
    demand(cast, reporter_phone="138-1234-5678", reporter_name="")

    caller = Caller.objects.get()
    assert (caller.demand_count, caller.name) == (2, "张三丰")


def test_an_anonymous_demand_has_no_caller_receipt_or_callback(cast: Cast) -> None:
    demand(cast, reporter_phone="", reporter_name="")

    told = Demand.objects.get()
    assert (told.caller, told.wants_callback) == (None, False)
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("reporter_phone", {"reporter_phone": "12"}),
        ("reporter_name", {"reporter_name": "长" * 61}),
        ("text", {"text": "字" * 4001}),
        ("text", {"text": "  "}),
        ("title", {"title": "字" * 121}),
        ("point", {"lon": 121.5, "lat": 37.5}),
        ("class_code", {"class_code": "no.such"}),
        ("nature", {"nature": "shouting"}),
        ("family", {"family": "royal"}),
        (
            "reporter_phone",
            {"family": ComplaintFamily.EFFICIENCY, "reporter_phone": ""},
        ),
    ],
)
def test_malformed_input_names_its_field_and_leaves_nothing(
    cast: Cast, field: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        register_demand(cast.acceptor, tenant=cast.tenant, intake=intake(**changes))
    assert refused.value.field == field
    assert not Case.objects.exists()
    assert not Caller.objects.exists()


def test_one_source_key_gives_one_case(cast: Cast) -> None:
    first = register_demand(cast.acceptor, tenant=cast.tenant, intake=intake(source_key="web:1"))
    again = register_demand(cast.acceptor, tenant=cast.tenant, intake=intake(source_key="web:1"))

    assert (again.case, again.repeated) == (first.case, True)
    assert Caller.objects.get().demand_count == 1
    assert Delivery.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_once_with_one_source_key_give_one_case() -> None:
    cast = build_cast()
    numbers: list[str] = []
    gate = threading.Barrier(2)

    def submit() -> None:
        gate.wait()
        outcome = register_demand(
            cast.acceptor, tenant=cast.tenant, intake=intake(source_key="web:race")
        )
        numbers.append(outcome.case.number)
        connection.close()

    threads = [threading.Thread(target=submit) for _turn in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(numbers) == 2
    assert len(set(numbers)) == 1
    assert (Demand.objects.count(), Caller.objects.get().demand_count) == (1, 1)


def test_a_secret_demand_is_confidential_and_never_public(cast: Cast) -> None:
    case = demand(cast, is_secret=True, is_public=True, family=ComplaintFamily.ECONOMIC)

    assert (case.is_confidential, case.is_public) == (True, False)


def test_the_call_is_linked_and_learns_its_caller(cast: Cast, line: Line) -> None:
    call = apply_event(event(CallEventKind.RINGING))
    register_demand(cast.acceptor, tenant=cast.tenant, intake=intake(), call_id=call.pk)

    call.refresh_from_db()
    assert call.demands.get().case.title == "路口井盖松动"
    assert call.caller == Caller.objects.get()


def test_a_call_of_another_city_is_refused(cast: Cast, line: Line) -> None:
    stranger = neighbour(cast)
    call = apply_event(event(CallEventKind.RINGING))
    theirs = stranger.appointments.get().post.organization.tenant

    told = intake(lon=Cast.inside_west()[0], lat=Cast.inside_west()[1])
    with pytest.raises(InvalidInput) as refused:
        register_demand(stranger, tenant=theirs, intake=told, call_id=call.pk)
    assert refused.value.field == "call"
    assert not Case.objects.exists()


def test_an_import_sends_no_receipts(cast: Cast) -> None:
    demand(cast, channel=Channel.IMPORT)

    assert not Delivery.objects.exists()


def test_equal_words_have_equal_digests(cast: Cast) -> None:
    demand(cast)
    demand(cast, text=f" {TEXT.replace('，', ',')} ")

    assert len(set(Demand.objects.values_list("text_digest", flat=True))) == 1


def test_registering_stays_within_its_query_budget(cast: Cast) -> None:
    demand(cast)
    with CaptureQueriesContext(connection) as queries:
        demand(cast, title="第二件")
    # Eleven of them are the clock's, six the hotline's own: one asks how its reporter is told.
    real = [q for q in queries.captured_queries if "SAVEPOINT" not in q["sql"]]
    assert len(real) <= 26, "\n".join(q["sql"][:140] for q in real)
