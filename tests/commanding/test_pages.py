"""The pages of commands: give, see, take back, sheet, kinds."""

from io import BytesIO

import pytest
from django.test import Client
from openpyxl import load_workbook

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.commanding.enums import CommandState
from apps.commanding.linking import links_of
from apps.commanding.models import Command, CommandKind
from apps.sensing.models import Device
from tests.cast import Cast
from tests.commanding.factories import kind, started, switched


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def filled(page: Client, device: Device, **changes: str) -> dict[str, str]:
    address = f"/devices/commands/new/{device.pk}/?kind=switch"
    key = page.get(address).context["why"].initial["key"]
    return {"kind": "switch", "p-state": "on", "reason": "夜间照明", "key": key} | changes


def test_a_form_sent_twice_is_one_command(crew: Cast, light: Device) -> None:
    page = signed_in(crew.operator)
    body = filled(page, light)
    places = [page.post(f"/devices/commands/new/{light.pk}/", body).url for _time in range(2)]
    command = Command.objects.get()
    assert places == [f"/devices/commands/{command.pk}/"] * 2
    assert "开灯" in page.get(places[0]).content.decode()


@pytest.mark.parametrize(("wrong", "said"), [({"p-state": ""}, "动作"), ({"reason": "夜"}, "事由")])
def test_a_wrong_form_says_where(
    crew: Cast, light: Device, wrong: dict[str, str], said: str
) -> None:
    page = signed_in(crew.operator)
    answer = page.post(f"/devices/commands/new/{light.pk}/", filled(page, light, **wrong))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Command.objects.exists()


def test_who_may_not_is_offered_nothing(crew: Cast, light: Device) -> None:
    page = signed_in(crew.reader).get(f"/devices/commands/new/{light.pk}/").content.decode()
    assert "您不能向该设备下达命令" in page
    assert links_of(crew.reader, light) == []
    assert [link.label for link in links_of(crew.operator, light)] == ["下达命令"]
    refused = signed_in(crew.reader).post(
        f"/devices/commands/new/{light.pk}/", {"kind": "switch", "p-state": "on"}
    )
    assert refused.status_code == 404
    assert signed_in(crew.neighbour).get(f"/devices/commands/new/{light.pk}/").status_code == 404


def test_the_history_is_narrowed_and_the_neighbours_is_empty(
    crew: Cast, light: Device, water: Device
) -> None:
    switched(crew.operator, light, reason="<b>巡查</b>照明")
    started(crew.operator, water)
    page = signed_in(crew.reader)
    whole = page.get("/devices/commands/").content.decode()
    assert whole.count("data-table") == 1
    assert "启停水泵" in whole
    narrowed = page.get("/devices/commands/?state=waiting&profile=tunnel").content.decode()
    assert ("启停水泵" in narrowed, "LAMP-1" in narrowed) == (True, False)
    assert "没有符合条件的命令" in page.get("/devices/commands/?until=2020-01-01").content.decode()
    west = signed_in(crew.neighbour).get("/devices/commands/").content.decode()
    assert "没有符合条件的命令" in west


def test_the_sheet_holds_what_the_list_shows(crew: Cast, light: Device) -> None:
    switched(crew.operator, light, reason="=cmd()夜间")
    answer = signed_in(crew.reader).get("/devices/commands/export/?q=LAMP")
    rows = list(load_workbook(BytesIO(b"".join(answer.streaming_content))).active.values)
    assert rows[1][3:6] == ("开关灯", "动作 开灯", "待下发")
    assert rows[1][7] == "'=cmd()夜间"
    assert AuditEntry.objects.filter(action="commands.exported").count() == 1


def test_a_queued_command_is_taken_back_on_its_page(crew: Cast, light: Device) -> None:
    command = switched(crew.operator, light)
    page = signed_in(crew.reader).get(f"/devices/commands/{command.pk}/").content.decode()
    assert "取消命令" not in page
    assert signed_in(crew.reader).post(f"/devices/commands/{command.pk}/cancel/").status_code == 403
    signed_in(crew.operator).post(f"/devices/commands/{command.pk}/cancel/")
    command.refresh_from_db()
    assert command.state == CommandState.CANCELLED


def test_a_kind_is_written_in_rows(crew: Cast, light: Device) -> None:
    body = {
        "profile": kind().profile_id, "code": "blink", "name": "闪烁", "right": "send_commands",
        "time_limit_s": "60", "is_active": "on", "fields-TOTAL_FORMS": "1",
        "fields-INITIAL_FORMS": "0", "fields-0-label": "次数", "fields-0-type": "integer",
        "fields-0-required": "on", "fields-0-min": "1", "fields-0-max": "9",
    }  # fmt: skip
    page = signed_in(crew.kind_keeper)
    assert page.post("/devices/commands/kinds/new/", body).status_code == 302
    made = CommandKind.objects.get(code="blink")
    (field,) = made.parameters["fields"]
    assert (field["label"], field["min"], field["max"]) == ("次数", 1, 9)
    again = page.post("/devices/commands/kinds/new/", body)
    assert again.context["form"].errors == {"code": ["代码“blink”已被使用"]}
    short = page.post(f"/devices/commands/kinds/{made.pk}/", body | {"time_limit_s": "2"})
    assert "时限应为" in short.content.decode()
    personal = page.post(
        f"/devices/commands/kinds/{made.pk}/", body | {"fields-0-type": "id_number"}
    )
    assert personal.status_code == 422
    assert AuditEntry.objects.filter(action="command_kind.created").count() == 1


def test_kinds_are_written_by_their_keeper_only(crew: Cast, light: Device) -> None:
    page = signed_in(crew.operator)
    assert page.get("/devices/commands/kinds/").status_code == 200
    assert page.get(f"/devices/commands/kinds/{kind().pk}/").status_code == 403
    assert page.post("/devices/commands/kinds/new/", {}).status_code == 403


def test_a_command_keeps_the_form_it_was_filled_in_by(crew: Cast, light: Device) -> None:
    command = switched(crew.operator, light)
    CommandKind.objects.filter(pk=command.kind_id).update(parameters={"fields": []})
    page = signed_in(crew.reader).get(f"/devices/commands/{command.pk}/").content.decode()
    assert "开灯" in page
