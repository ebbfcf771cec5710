"""What recorders kept, hour by hour; gaps and the rate. Source: VD-08."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as given_settings
from hypothesis import strategies as st

from apps.common import clock
from apps.common.errors import InvalidInput
from apps.video import selectors, services
from apps.video.models import RecordingDay
from apps.video.services.recording import hours_of
from tests.cast import Cast
from tests.polling.factories import free_port
from tests.video.factories import camera, recorder, street

CITY = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 11, 20)
MIDNIGHT = datetime(2026, 11, 20, tzinfo=CITY)
EVENING = MIDNIGHT + timedelta(hours=20)
LATER = MIDNIGHT + timedelta(days=2)


def span(since: float, until: float) -> tuple[datetime, datetime]:
    return MIDNIGHT + timedelta(hours=since), MIDNIGHT + timedelta(hours=until)


def test_hours_count_overlaps_once_and_leave_the_future_unknown() -> None:
    hours = hours_of([span(0.5, 2), span(1, 2.25), span(-3, 0.25)], DAY, now=EVENING)
    assert hours[:4] == [900 + 1800, 3600, 900, 0]
    assert hours[19] == 0
    assert hours[20:] == [None] * 4


@given(st.lists(st.tuples(st.integers(0, 1440), st.integers(0, 1440)), max_size=12))
@given_settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=40)
def test_hours_agree_with_counting_minute_by_minute(pairs: list[tuple[int, int]]) -> None:
    segments = [span(a / 60, b / 60) for a, b in pairs]
    covered = {minute for a, b in pairs for minute in range(a, b)}
    wanted = [60 * sum(h * 60 <= m < h * 60 + 60 for m in covered) for h in range(24)]
    assert hours_of(segments, DAY, now=LATER) == wanted


def test_a_recorder_is_asked_and_gaps_are_listed(cast: Cast) -> None:
    with street(password="p" * 12) as (stand, address), clock.at(LATER):
        box = recorder(
            cast, url=f"{address}/recorder", secret={"username": "admin", "password": "p" * 12}
        )
        one, two = camera(1, recorder=box, channel=1), camera(2, recorder=box, channel=2)
        stand.segments = {1: [span(0, 6), span(7.5, 24)], 2: []}
        assert services.ask_recorder(box, days=[DAY]) == 2
        assert services.ask_recorder(box, days=[DAY]) == 2
    rates = selectors.recording_rates([one.pk, two.pk, 0], since=DAY, until=DAY)
    gaps = selectors.list_gaps(one, since=DAY, until=DAY)
    assert RecordingDay.objects.count() == 2
    assert (rates[one.pk].present_s, rates[one.pk].due_s) == (int(22.5 * 3600), 86400)
    assert rates[two.pk].rate == 0
    assert (rates[0].rate, rates[0].unknown_hours) == (None, 24)
    assert [(gap.since.hour, gap.until.hour, gap.missing_s) for gap in gaps] == [(6, 8, 5400)]


def test_what_was_proved_is_not_taken_back(cast: Cast) -> None:
    made = camera()
    services.record_presence(made.pk, on=DAY, seconds=[3600] * 12 + [None] * 12)
    services.record_presence(made.pk, on=DAY, seconds=[0] * 12 + [1800] * 12)
    services.record_presence(made.pk, on=DAY, seconds=[None] * 24)
    assert RecordingDay.objects.get().seconds == [3600] * 12 + [1800] * 12


@pytest.mark.parametrize(
    ("seconds", "on", "field"),
    [
        ([0] * 23, DAY, "seconds"),
        ([0] * 23 + [3601], DAY, "seconds"),
        ([-1] + [0] * 23, DAY, "seconds"),
        ([0] * 24, date(2999, 1, 1), "on"),
    ],
)
def test_wrong_presence_is_refused(cast: Cast, seconds: list[int], on: date, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        services.record_presence(camera().pk, on=on, seconds=seconds)
    assert refusal.value.field == field


def test_a_recorder_that_does_not_answer_leaves_hours_unknown(cast: Cast) -> None:
    box = recorder(cast, url=f"http://127.0.0.1:{free_port()}/recorder")
    made = camera(1, recorder=box, channel=1)
    assert services.ask_recorders() == 0
    box.refresh_from_db()
    assert box.last_error
    assert selectors.recording_rates([made.pk], since=DAY, until=DAY)[made.pk].rate is None


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b'{"segments": [{"since": "x", "until": 1}]}', b"[" * 9000]
)
def test_a_recorder_that_answers_rubbish(
    cast: Cast, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.video.services import recording

    def answered(*_args: Any) -> Any:
        return type("Answer", (), {"body": body})

    monkeypatch.setattr(recording, "ask", answered)
    box = recorder(cast, url=f"http://127.0.0.1:{free_port()}/recorder")
    camera(1, recorder=box, channel=1)
    assert services.ask_recorder(box, days=[DAY]) == 0
    assert RecordingDay.objects.count() == 0


def test_old_days_are_forgotten(cast: Cast) -> None:
    made = camera()
    services.record_presence(made.pk, on=date(2020, 1, 1), seconds=[0] * 24)
    services.record_presence(made.pk, on=clock.today() - timedelta(days=2), seconds=[0] * 24)
    assert services.forget_recordings() == 1
