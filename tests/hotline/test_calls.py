"""Calls as the exchange reports them: twice, late, in any order."""

import itertools
import json
import threading
import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.hotline.adapters.simulator import Exchange
from apps.hotline.enums import CallEventKind, CallState
from apps.hotline.errors import CallTaken
from apps.hotline.models import Call, Line
from apps.hotline.selectors import calls
from apps.hotline.services import apply_event, end_call, take_call
from apps.hotline.views.exchange import sign
from tests.cast import Cast, _person, build_cast
from tests.hotline.factories import NINE, PHONE, demand, event, neighbour

pytestmark = pytest.mark.django_db

RINGING, ANSWERED, ENDED = CallEventKind.RINGING, CallEventKind.ANSWERED, CallEventKind.ENDED
SECRET = "exchange-secret"


def story() -> list[Any]:
    """Will give the three events of an answered call."""
    return [
        event(RINGING),
        event(ANSWERED, minute=1, agent="acceptor"),
        event(ENDED, minute=4, recording="rec-1"),
    ]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_events_in_any_order_tell_the_same_call(
    cast: Cast, line: Line, order: tuple[int, ...]
) -> None:
    for number in order:
        apply_event(story()[number])

    call = Call.objects.get()
    assert (call.state, call.agent, call.recording) == (CallState.ENDED, cast.acceptor, "rec-1")
    assert (call.rang_at, call.talk_seconds) == (NINE, 180)


def test_the_same_event_again_changes_nothing(cast: Cast, line: Line) -> None:
    for told in [*story(), *story(), story()[0]]:
        apply_event(told)

    assert Call.objects.get().state == CallState.ENDED


def test_a_call_nobody_took_is_missed(cast: Cast, line: Line) -> None:
    apply_event(event(RINGING))
    apply_event(event(ENDED, minute=1))

    assert Call.objects.get().state == CallState.MISSED


def test_a_withheld_number_loses_no_call(cast: Cast, line: Line) -> None:
    assert apply_event(event(RINGING, phone="anonymous")).phone == ""


def test_a_known_caller_is_recognised(cast: Cast, line: Line) -> None:
    demand(cast)
    call = apply_event(event(RINGING, phone="+86 138 1234 5678"))

    assert call.caller is not None
    assert call.caller.name == "张三丰"


def test_an_unknown_line_is_refused(cast: Cast, line: Line) -> None:
    with pytest.raises(InvalidInput) as refused:
        apply_event(event(RINGING, line="999"))
    assert refused.value.field == "line"


@pytest.mark.django_db(transaction=True)
def test_two_first_events_at_once_make_one_call() -> None:
    cast = build_cast()
    Line.objects.create(tenant=cast.tenant, code="main", name="市民热线", number="12345")
    gate = threading.Barrier(2)

    def report(kind: CallEventKind) -> None:
        gate.wait()
        apply_event(event(kind))
        connection.close()

    threads = [threading.Thread(target=report, args=(kind,)) for kind in (RINGING, ANSWERED)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Call.objects.get().state == CallState.ANSWERED


class TestTaking:
    def test_the_first_agent_gets_it(self, cast: Cast, line: Line) -> None:
        call = apply_event(event(RINGING))
        assert take_call(cast.acceptor, call_id=call.pk).agent == cast.acceptor
        assert take_call(cast.acceptor, call_id=call.pk).agent == cast.acceptor

    def test_another_agent_hears_who_has_it(self, cast: Cast, line: Line) -> None:
        call = apply_event(event(RINGING, agent="acceptor"))
        second = _person("second", "孙敏", "acceptor", cast.center)
        with pytest.raises(CallTaken, match="陈静"):
            take_call(second, call_id=call.pk)

    def test_a_call_that_ended_is_not_taken(self, cast: Cast, line: Line) -> None:
        call = apply_event(event(RINGING))
        apply_event(event(ENDED, minute=1))
        with pytest.raises(CallTaken):
            take_call(cast.acceptor, call_id=call.pk)

    def test_wrong_role_and_other_city(self, cast: Cast, line: Line) -> None:
        call = apply_event(event(RINGING))
        with pytest.raises(NotAllowed):
            take_call(cast.handler, call_id=call.pk)
        with pytest.raises(NotFound):
            take_call(neighbour(cast), call_id=call.pk)

    def test_only_the_own_call_is_ended(self, cast: Cast, line: Line) -> None:
        call = apply_event(event(RINGING, agent="handler"))
        with pytest.raises(NotAllowed):
            end_call(cast.acceptor, call_id=call.pk)

    def test_hanging_up_twice_keeps_the_first_moment(self, cast: Cast, line: Line) -> None:
        call = apply_event(event(ANSWERED, agent="acceptor"))
        first = end_call(cast.acceptor, call_id=call.pk).ended_at
        assert end_call(cast.acceptor, call_id=call.pk).ended_at == first


class TestWebhook:
    @pytest.fixture(autouse=True)
    def secret(self, settings: Any) -> None:
        settings.TELEPHONE_SECRET = SECRET

    def post(self, client: Client, message: Any, **changes: Any) -> Any:
        body = changes.get("body") or json.dumps(message).encode()
        stamp = changes.get("stamp") or str(int(time.time()))
        signature = changes.get("signature") or sign(SECRET, stamp, body)
        return client.post(
            reverse("hotline:exchange-events"),
            body,
            content_type="application/json",
            headers={"X-Exchange-Timestamp": stamp, "X-Exchange-Signature": signature},
        )

    def message(self, **changes: Any) -> dict[str, Any]:
        return {
            "event": "ringing",
            "call": "pbx-9",
            "line": "12345",
            "phone": PHONE,
            "at": clock.now().isoformat(),
        } | changes

    def test_a_signed_event_is_taken_and_may_be_repeated(
        self, client: Client, cast: Cast, line: Line
    ) -> None:
        for _turn in range(2):
            answer = self.post(client, self.message())
            assert (answer.status_code, answer.json()["state"]) == (200, "ringing")
        assert Call.objects.count() == 1

    @pytest.mark.parametrize(
        "changes",
        [{"signature": "0" * 64}, {"signature": "ä"}, {"stamp": "1"}, {"stamp": "now"}],
    )
    def test_wrong_or_stale_signatures_are_refused(
        self, client: Client, cast: Cast, line: Line, changes: dict[str, str]
    ) -> None:
        assert self.post(client, self.message(), **changes).status_code == 403
        assert not Call.objects.exists()

    def test_without_a_secret_nothing_is_believed(
        self, client: Client, cast: Cast, line: Line, settings: Any
    ) -> None:
        settings.TELEPHONE_SECRET = ""
        body = json.dumps(self.message()).encode()
        stamp = str(int(time.time()))
        answer = self.post(client, None, body=body, stamp=stamp, signature=sign("", stamp, body))
        assert answer.status_code == 403

    @pytest.mark.parametrize(
        ("field", "changes"),
        [
            ("event", {"event": "exploded"}),
            ("event", {"event": ["ringing"]}),
            ("call", {"call": ""}),
            ("call", {"call": 7}),
            ("line", {"line": "404"}),
            ("at", {"at": "yesterday"}),
            ("at", {"at": "2026-11-20T09:00:00"}),
            ("phone", {"phone": "1" * 41}),
            ("agent", {"agent": "a\x00b"}),
        ],
    )
    def test_malformed_messages_name_the_field(
        self, client: Client, cast: Cast, line: Line, field: str, changes: dict[str, Any]
    ) -> None:
        answer = self.post(client, self.message(**changes))
        assert (answer.status_code, answer.json()["field"]) == (400, field)

    def test_what_is_no_object_is_refused(self, client: Client, cast: Cast) -> None:
        assert self.post(client, [1]).status_code == 400
        assert self.post(client, None, body=b"{").status_code == 400


class TestRecordings:
    @pytest.fixture
    def call(self, cast: Cast, line: Line) -> Call:
        exchange = Exchange()
        ringing = exchange.ring(line="12345", phone=PHONE, agent="acceptor")
        exchange.answer(exchange_id=ringing.exchange_id, agent="acceptor")
        exchange.hang_up(exchange_id=ringing.exchange_id)
        ringing.refresh_from_db()
        return ringing

    def play(self, client: Client, call: Call, **headers: str) -> Any:
        return client.get(reverse("hotline:call-recording", args=[call.pk]), headers=headers)

    def test_the_agent_plays_it_whole_and_it_is_logged(
        self, client: Client, cast: Cast, call: Call
    ) -> None:
        client.force_login(cast.acceptor)
        answer = self.play(client, call)
        sound = b"".join(answer.streaming_content)
        assert (answer.status_code, sound[:4]) == (200, b"RIFF")
        assert len(sound) == int(answer["Content-Length"])
        assert AuditEntry.objects.filter(action="hotline.play_recording").count() == 1

    def test_parts_are_served(self, client: Client, cast: Cast, call: Call) -> None:
        client.force_login(cast.acceptor)
        answer = self.play(client, call, Range="bytes=4-7")
        assert (answer.status_code, len(b"".join(answer.streaming_content))) == (206, 4)
        assert answer["Content-Range"].startswith("bytes 4-7/")
        tail = self.play(client, call, Range="bytes=-10")
        assert len(b"".join(tail.streaming_content)) == 10
        assert self.play(client, call, Range="bytes=99999999-").status_code == 416

    def test_supervisors_hear_it_colleagues_and_units_do_not(
        self, client: Client, cast: Cast, call: Call
    ) -> None:
        for user, status in (
            (cast.supervisor, 200),
            (cast.callback, 404),
            (cast.handler, 404),
            (neighbour(cast), 404),
        ):
            client.force_login(user)
            answer = self.play(client, call)
            assert answer.status_code == status, user
            if answer.streaming:
                b"".join(answer.streaming_content)

    def test_a_key_never_leads_out_of_its_folder(self, cast: Cast) -> None:
        with pytest.raises(NotFound):
            Exchange().open_recording("../../etc/passwd")

    def test_the_list_shows_own_calls_or_all(self, client: Client, cast: Cast, call: Call) -> None:
        client.force_login(cast.acceptor)
        page = client.get(reverse("hotline:call-list"))
        assert "138****5678" in page.content.decode()
        assert PHONE not in page.content.decode()
        assert list(calls.list_calls(cast.callback)) == []
        assert list(calls.list_calls(cast.supervisor)) == [call]
        client.force_login(cast.handler)
        assert client.get(reverse("hotline:call-list")).status_code == 403
