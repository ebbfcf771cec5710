"""Several series beside each other. Source: IO-05, IO-12."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from apps.audit.models import AuditEntry
from apps.common import clock
from apps.observing.selectors.comparing import chosen_series, lines_of
from apps.sensing.models import Datastream, Device
from apps.sensing.registry import links_of
from apps.sensing.services import take_readings
from tests.cast import Cast
from tests.sensing.factories import device, person, told


@pytest.fixture
def pair(cast: Cast) -> list[Device]:
    """Two air stations of the east: a gap in the first, yesterday known of the second."""
    made, now = [device("AQ-1"), device("AQ-2", at=(120.013, 36.012))], clock.now()
    first = [told("AQ-1", now - timedelta(minutes=m), pm25=m) for m in (100, 95, 90, 20, 15, 10)]
    second = [
        told("AQ-2", now - timedelta(minutes=m) - back, pm25=m, temperature=20)
        for m in (15, 10)
        for back in (timedelta(), timedelta(days=1))
    ]
    take_readings(first + second, sender=cast.handler)
    return made


def series(node: str, code: str = "pm25") -> Datastream:
    return Datastream.objects.get(device__node=node, field__code=code)


def signed_in(cast: Cast, unit: Any = None) -> Client:
    client = Client()
    client.force_login(person("reader", "device_reader", unit or cast.east_works))
    return client


def test_one_unit_is_one_chart(cast: Cast, pair: list[Device]) -> None:
    keys = [series("AQ-1").pk, series("AQ-2").pk, series("AQ-2", "temperature").pk]
    answer = signed_in(cast).get("/devices/compare/?" + "&".join(f"s={key}" for key in keys))
    charts = answer.context["charts"]
    assert [chart["title"] for chart in charts] == ["μg/m³", "℃"]
    assert [len(chart["option"]["series"]) for chart in charts] == [2, 1]
    first = [value for _at, value in charts[0]["option"]["series"][0]["data"]]
    assert first == [100, 95, 90, None, 20, 15, 10]


def test_yesterday_lies_under_today(cast: Cast, pair: list[Device]) -> None:
    now = clock.now()
    lines = lines_of([series("AQ-2")], since=now - timedelta(hours=2), until=now, shift="day")
    assert [line.is_before for line in lines] == [False, True]
    assert [p.at for p in lines[0].points] == [p.at for p in lines[1].points]


def test_a_series_is_added_by_node_and_field(cast: Cast, pair: list[Device]) -> None:
    page = signed_in(cast)
    key = series("AQ-1").pk
    answer = page.get(f"/devices/compare/?s={key}&node=AQ-2&field=temperature")
    assert [one.field.code for one, _name, _query in answer.context["chosen"]] == [
        "pm25",
        "temperature",
    ]
    wrong = page.get("/devices/compare/?node=<b>nobody</b>")
    assert wrong.status_code == 422
    assert "&lt;b&gt;nobody" in wrong.content.decode()
    assert "还没有选择曲线" in wrong.content.decode()


def test_more_than_six_are_refused(cast: Cast, pair: list[Device]) -> None:
    keys = list(Datastream.objects.filter(device=pair[0]).values_list("pk", flat=True))
    query = "&".join(f"s={key}" for key in keys)
    answer = signed_in(cast).get(f"/devices/compare/?{query}&node=AQ-2")
    assert len(answer.context["chosen"]) == 6
    assert "至多对比 6 条曲线" in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("since=2026-02-02&until=2026-01-01", "until"),
        ("since=2020-01-01&until=2026-01-01", "since"),
        ("since=rubbish", "since"),
        ("shift=century", "shift"),
    ],
)
def test_a_wrong_span_names_the_field(cast: Cast, query: str, named: str) -> None:
    answer = signed_in(cast).get(f"/devices/compare/?{query}")
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [named])


def test_the_neighbour_and_strangers_compare_nothing(cast: Cast, pair: list[Device]) -> None:
    key = series("AQ-1").pk
    west = signed_in(cast, cast.west_works).get(f"/devices/compare/?s={key}&s=x&s={2**70}")
    assert west.context["chosen"] == []
    stranger = Client()
    stranger.force_login(cast.acceptor)
    assert stranger.get(f"/devices/compare/?s={key}").status_code == 403
    assert stranger.get(f"/devices/compare/export/?s={key}").status_code == 403


def test_the_sheet_holds_what_is_drawn(cast: Cast, pair: list[Device]) -> None:
    answer = signed_in(cast).get(f"/devices/compare/export/?s={series('AQ-2').pk}&shift=day")
    rows = list(load_workbook(BytesIO(b"".join(answer.streaming_content))).active.values)
    assert [row[1:] for row in rows[1:3]] == [
        ("AQ-2", "设备 AQ-2", "PM2.5", 15, "μg/m³", "本期"),
        ("AQ-2", "设备 AQ-2", "PM2.5", 10, "μg/m³", "本期"),
    ]
    assert {row[6] for row in rows[3:]} == {"对照期"}
    assert AuditEntry.objects.filter(action="readings.compared_export").exists()


def test_the_page_of_a_device_leads_there(cast: Cast, pair: list[Device]) -> None:
    reader = person("somebody", "device_reader", cast.east_works)
    assert links_of(reader, pair[0])[-1].url == f"/devices/compare/?s={series('AQ-1').pk}"
    assert chosen_series(reader, [series("AQ-1").pk] * 9) == [series("AQ-1")]
