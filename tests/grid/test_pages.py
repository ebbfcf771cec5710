"""The pages of the grid, each as somebody uses it."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.common import files, imports, outbox
from apps.grid import services
from apps.grid.models import GridClass, GridEvent
from tests.cast import Cast
from tests.grid import factories as make
from tests.grid.test_proof import checked

pytestmark = pytest.mark.django_db


def get(client: Any, user: Any, name: str, *args: Any, query: str = "") -> Any:
    client.force_login(user)
    return client.get(reverse(f"grid:{name}", args=args) + query)


def test_the_list_narrows_by_class(client: Any, town: Cast) -> None:
    make.reported(town)
    make.reported(town, class_code="e05.01", title="无照游商")

    page = get(client, town.dispatcher, "event-list", query="?class_code=e05.01")

    assert [e.case.title for e in page.context["rows"]] == ["无照游商"]


def test_a_stranger_sees_no_events(client: Any, town: Cast) -> None:
    assert get(client, town.outsider, "event-list").status_code == 403


def test_the_export_needs_its_right(client: Any, town: Cast) -> None:
    make.reported(town)

    assert get(client, town.dispatcher, "event-export").status_code == 403
    assert get(client, town.supervisor, "event-export").status_code == 200


def test_a_report_from_the_page_with_a_picture(client: Any, town: Cast) -> None:
    with files.open_stored(make.street_picture(4)) as content:
        upload = SimpleUploadedFile("a.jpg", content.read(), "image/jpeg")
    lon, lat = Cast.inside_east()
    client.force_login(town.acceptor)

    page = client.post(
        reverse("grid:report"),
        {
            "key": "page-1",
            "class_code": make.LITTER,
            "title": "垃圾",
            "lon": lon,
            "lat": lat,
            "channel": "phone",
            "files": [upload],
        },
    )

    event = GridEvent.objects.get()
    assert page.url == f"/cases/{event.case_id}/"
    assert event.photos.count() == 1
    assert event.needs_look is True


def test_a_report_without_place_and_title_is_sent_back(client: Any, town: Cast) -> None:
    client.force_login(town.acceptor)

    page = client.post(reverse("grid:report"), {"key": "k", "channel": "phone"})

    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"title", "address"}


def test_near_offers_open_events(client: Any, town: Cast) -> None:
    event = make.reported(town)
    lon, lat = Cast.inside_east()

    found = get(client, town.acceptor, "near", query=f"?lon={lon}&lat={lat}").json()

    assert [one["number"] for one in found["events"]] == [event.case.number]


def test_the_desk_files_and_dispatches_many(client: Any, town: Cast) -> None:
    events = [make.reported(town, title=f"垃圾{n}") for n in range(2)]
    assert len(get(client, town.acceptor, "desk").context["rows"]) == 2

    client.post(reverse("grid:desk-bulk", args=["file"]), {"events": [e.pk for e in events]})

    page = get(client, town.dispatcher, "desk-pile", "send")
    assert len(page.context["rows"]) == 2
    assert "东区一街道" in page.content.decode()
    client.post(reverse("grid:desk-bulk", args=["send"]), {"events": [e.pk for e in events]})
    states = GridEvent.objects.values_list("case__state", "case__unit__code")
    assert set(states) == {("dispatched", "east-street")}


def test_the_desk_says_why_one_was_refused(client: Any, town: Cast) -> None:
    event = make.reported(town, accuracy_m=900.0)
    client.force_login(town.acceptor)

    page = client.post(
        reverse("grid:desk-bulk", args=["file"]), {"events": [event.pk]}, follow=True
    )

    assert "须先现场核实" in page.content.decode()


def test_the_desk_sends_many_to_one_unit_for_a_reason(client: Any, town: Cast) -> None:
    events = [make.reported(town, title=f"垃圾{n}") for n in range(2)]
    ids = [event.pk for event in events]
    services.file_many(town.acceptor, event_ids=ids)
    client.force_login(town.dispatcher)
    sent = {"events": ids, "unit": town.east_works.pk}
    page = client.post(reverse("grid:desk-bulk", args=["send"]), sent, follow=True)
    assert page.content.decode().count("改派其他单位请说明理由") == 2
    client.post(reverse("grid:desk-bulk", args=["send"]), sent | {"reason": "街道人手不足"})
    units = GridEvent.objects.values_list("case__state", "case__unit")
    assert set(units) == {("dispatched", town.east_works.pk)}


def test_the_desk_has_many_checked_case_by_case(client: Any, town: Cast) -> None:
    events = [make.answered(town, title=f"垃圾{n}") for n in range(2)]
    sent = {"events": [event.pk for event in events]}
    here = reverse("grid:desk-bulk", args=["look"])
    client.force_login(town.dispatcher)
    assert (
        client.get(reverse("grid:desk-pile", args=["look"])).content.decode().count("data-place=")
        == 2
    )
    nobody = client.post(here, sent, follow=True).content.decode()
    assert nobody.count("附近没有在岗网格员可派") == 2
    make.go_on_duty(town, "walker_east", lon=120.013)
    assert "已安排核查2件" in client.post(here, sent, follow=True).content.decode()
    assert client.post(here, sent, follow=True).content.decode().count("已派给") == 2
    assert [event.looks.count() for event in events] == [1, 1]


def test_the_desk_closes_what_is_proven_and_says_why_the_rest_stays(
    client: Any, town: Cast
) -> None:
    good, shown = checked(town), make.street_picture(12, trouble=True)
    bad = make.answered(town, files=[shown])
    make.answer(town, bad.looks.get().task_id)
    here = reverse("grid:desk-bulk", args=["finish"])
    client.force_login(town.dispatcher)
    sent = {"events": [good.pk, bad.pk]}
    assert "结案说明" in client.get(reverse("grid:desk-pile", args=["finish"])).content.decode()
    client.post(here, sent)
    answer = client.post(here, sent | {"note": "已清理完毕"}, follow=True).content.decode()
    states = [GridEvent.objects.get(pk=one.pk).case.state for one in (good, bad)]
    assert states == ["closed", "checked"]
    assert "已结案1件" in answer
    assert f"{bad.case.number}：" in answer
    client.force_login(town.walker_east)
    assert client.post(here, sent | {"note": "再来"}).status_code == 403


def test_a_worker_takes_the_task_on_the_page(client: Any, town: Cast) -> None:
    make.go_on_duty(town, "walker_east", lon=120.013)
    event = make.reported(town, accuracy_m=900.0)
    outbox.drain()

    page = get(client, town.walker_east, "look-list")
    assert event.case.title in page.content.decode()
    client.post(reverse("grid:look-take", args=[event.looks.get().task_id]))

    assert event.looks.get().state == "taken"


def test_a_look_is_answered_by_a_browser_with_its_place(client: Any, town: Cast) -> None:
    make.go_on_duty(town, "walker_east", lon=120.013)
    event = make.reported(town, accuracy_m=900.0)
    outbox.drain()
    here = reverse("grid:look-answer", args=[event.looks.get().task_id])
    client.force_login(town.walker_east)
    sent = {"key": "a", "verdict": "pass", "result": "属实", "at": "2026-11-20T10:00"}
    refused = client.post(here, sent)
    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {"no_place_reason"}
    client.post(here, sent | {"lon": "120.013", "lat": "36.012", "accuracy_m": "12.5"})
    look = event.looks.get()
    assert look.state == "answered"
    assert (look.point.x, look.accuracy_m, look.no_place_reason) == (120.013, 12.5, "")
    assert client.get(here).status_code == 409
    client.force_login(town.walker_west)
    assert client.get(here).status_code == 404


def test_a_look_without_a_place_keeps_the_reason(client: Any, town: Cast) -> None:
    make.go_on_duty(town, "walker_east", lon=120.013)
    event = make.reported(town, accuracy_m=900.0)
    outbox.drain()
    here = reverse("grid:look-answer", args=[event.looks.get().task_id])
    client.force_login(town.walker_east)
    sent = {"key": "a", "verdict": "pass", "result": "属实", "at": "2026-11-20T10:00"}
    client.post(here, sent | {"no_place_reason": "浏览器未允许定位"})
    look = event.looks.get()
    assert (look.point, look.no_place_reason) == (None, "浏览器未允许定位")
    client.force_login(town.dispatcher)
    page = client.get(f"/cases/{event.case_id}/").content.decode()
    assert "答复时没有定位（浏览器未允许定位）" in page


def test_the_case_page_shows_the_pair_with_its_measures(client: Any, town: Cast) -> None:
    make.go_on_duty(town, "walker_east", lon=120.013)
    event = make.answered(town, files=[make.street_picture(11, trouble=True)])
    make.answer(town, event.looks.get().task_id, files=[make.street_picture(11)], lon=120.0155)
    client.force_login(town.supervisor)

    shown = client.get(f"/cases/{event.case_id}/").content.decode()

    assert "超过上限50米" in shown
    assert "立案条件" in shown
    client.post(
        reverse("grid:proof-override", args=[event.verdicts.get().pk]), {"reason": "定位漂移"}
    )
    assert event.verdicts.get().overridden_by == town.supervisor


def test_evaluation_opens_its_events(client: Any, town: Cast) -> None:
    make.handling(town)

    for by in ("area", "unit", "post"):
        page = get(client, town.supervisor, "evaluation", query=f"?by={by}")
        assert page.status_code == 200
        assert page.context["total"]["count"] == 1
    rows = get(client, town.supervisor, "evaluation", query="?by=area").context["rows"]
    assert [row["label"] for row in rows] == ["东区一街道"]
    opened = get(client, town.supervisor, "evaluation-events", query=f"?{rows[0]['all']}")
    assert len(opened.context["rows"]) == 1


def test_the_class_table_is_kept_by_who_may(client: Any, town: Cast) -> None:
    row = GridClass.objects.get(code=make.LITTER)
    assert get(client, town.dispatcher, "class-edit", row.pk).status_code == 403
    client.force_login(town.author)

    page = client.post(
        reverse("grid:class-edit", args=[row.pk]),
        {
            "code": row.code,
            "name": row.name,
            "level": "high",
            "limit": "2个工作小时",
            "photo_distance_m": 30,
            "valid_from": "2026-01-01",
        },
    )

    assert page.status_code == 302
    newest = GridClass.objects.filter(code=make.LITTER).latest("valid_from")
    assert (newest.level, newest.photo_distance_m) == ("high", 30)
    assert [(one.amount, one.unit) for one in newest.limits.all()] == [(2, "working_hours")]
    row.refresh_from_db()
    assert str(row.valid_to) == "2026-01-01"


def test_a_file_of_classes_is_refused_by_row(client: Any, town: Cast) -> None:
    text = "代码,名称,处置时限\ne07,夜间经济,\ne07.01,占道夜市,三天\nx1,错误,\n"
    client.force_login(town.author)

    page = client.post(
        reverse("grid:class-import"),
        {"file": SimpleUploadedFile("a.csv", io.BytesIO(text.encode()).read())},
    )

    assert page.status_code == 422
    assert [error.number for error in page.context["report"].errors] == [3, 4]
    assert not GridClass.objects.filter(code="e07").exists()


def test_the_export_has_the_columns_the_import_reads(client: Any, town: Cast) -> None:
    exported = get(client, town.author, "class-export")
    content = io.BytesIO(b"".join(exported.streaming_content))

    parsed = imports.read_rows(content, services.COLUMNS)

    assert parsed.errors == []
    assert parsed.rows[1].values["limit"] == "4个工作小时"
