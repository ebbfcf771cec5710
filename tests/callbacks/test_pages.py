"""The pages: each answers for whom it is, is empty or forbidden for others, and can be used."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from apps.audit.models import AuditEntry
from apps.callbacks import services
from apps.callbacks.enums import TaskState
from apps.callbacks.models import Bulletin, Dispute, Pool, Script
from apps.common import clock
from apps.common.outbox import drain
from apps.hotline.models import Call
from tests.callbacks.conftest import BAD, ELEVEN, GOOD, answered, called, secret_of, task_of
from tests.hotline.citizen.conftest import picture

ANSWER = {
    "number": "1",
    "outcome": "reached",
    "solved": "yes",
    "result_score": "5",
    "comment": "很好",
    "q-waited": "on",
}


@pytest.fixture(autouse=True)
def at_eleven():
    with clock.at(ELEVEN):
        yield


def enter(client, user):
    client.force_login(user)
    return client


def test_an_agent_takes_calls_and_writes_down_without_seeing_the_number(client, town, pool):
    case = answered(town)
    services.fill_pools()
    enter(client, town.callback)
    assert "领取下一件" in client.get("/callbacks/next/").content.decode()
    where = client.post("/callbacks/next/")["Location"]
    shown = client.get(where).content.decode()
    assert "已更换井盖并加固" in shown
    assert "等待是否过久" in shown
    assert secret_of(case) not in shown
    dialled = client.post(f"{where}dial/", follow=True).content.decode()
    assert secret_of(case) not in dialled
    assert Call.objects.get().phone == secret_of(case)
    bad = client.post(where, ANSWER | {"solved": "no", "comment": ""})
    assert bad.status_code == 422
    assert "请写明原因" in bad.content.decode()
    assert client.post(where, ANSWER)["Location"] == "/callbacks/next/"
    task = task_of(case)
    assert (task.state, task.answers) == (TaskState.DONE, {"waited": True})
    assert "回访记录" in client.get(f"/cases/{case.pk}/").content.decode()
    assert town.callback.display_name in client.get(f"/callbacks/cases/{case.pk}/").content.decode()


def test_the_board_shows_progress_narrows_reassigns_and_goes_out_as_a_sheet(client, town, pool):
    called(town, answered(town), GOOD)
    other = answered(town, title="路灯不亮", text="路灯不亮了，晚上很黑。")
    services.fill_pools()
    enter(client, town.lead)
    board = client.get("/callbacks/").content.decode()
    assert "100.0%" in board
    assert "路灯不亮" in board
    narrowed = client.get("/callbacks/?state=done").content.decode()
    assert "路灯不亮" not in narrowed
    pk = task_of(other).pk
    client.post("/callbacks/reassign/", {"tasks": [pk], "agent": town.second.pk})
    assert task_of(other).agent == town.second
    client.post("/callbacks/reassign/", {"tasks": [pk], "agent": ""})
    assert task_of(other).state == TaskState.WAITING
    sheet = load_workbook(io.BytesIO(b"".join(client.get("/callbacks/export/"))))
    assert {row[1].value for row in sheet.active.iter_rows(min_row=2)} == {
        "路口井盖松动",
        "路灯不亮",
    }
    assert AuditEntry.objects.filter(action="callbacks.exported").count() == 1
    assert enter(client, town.callback).post("/callbacks/reassign/").status_code == 403


@pytest.mark.parametrize("name", ["double", "callback_west"])
def test_who_belongs_to_the_unit_or_sits_next_door_sees_none_of_it(client, town, pool, name):
    task = called(town, answered(town), BAD)
    enter(client, town.people[name])
    assert task.case.title not in client.get("/callbacks/").content.decode()
    assert client.get(f"/callbacks/tasks/{task.pk}/").status_code == 404
    assert client.get(f"/callbacks/cases/{task.case_id}/").status_code == 404
    assert client.post(f"/callbacks/tasks/{task.pk}/dial/").status_code == 404


@pytest.mark.parametrize(
    "address", ["", "next/", "pools/", "pools/new/", "results/", "disputes/", "bulletins/"]
)
def test_other_trades_are_turned_away(client, town, pool, address):
    assert enter(client, town.acceptor).get(f"/callbacks/{address}").status_code == 403
    client.logout()
    assert client.get(f"/callbacks/{address}").status_code == 302


def test_the_lead_writes_a_script_and_a_pool(client, town):
    enter(client, town.lead)
    script = {"code": "water", "name": "供水问卷", "greeting": "您好", "closing": ""}
    wrong = client.post("/callbacks/scripts/new/", script | {"body": "{]"})
    assert "不是有效的 JSON" in wrong.content.decode()
    client.post("/callbacks/scripts/new/", script | {"body": '{"fields": []}'})
    assert Script.objects.get().state == "published"
    form = {
        "name": "供水回访", "script_code": "water", "takes": "closed",
        "first_round": 1, "share_percent": 40,
        "earliest_h": 1, "latest_h": 48, "from_time": "09:00", "to_time": "18:00", "tries": 2,
        "redo_rule": "either", "link_h": 24, "priority": 7, "is_active": "on",
        "units": [town.east_works.pk], "channels": ["phone"],
    }  # fmt: skip
    late = client.post("/callbacks/pools/new/", form | {"to_time": "08:00"})
    assert late.status_code == 422
    assert client.post("/callbacks/pools/new/", form).status_code == 302
    pool = Pool.objects.get()
    assert (pool.share_percent, list(pool.units.all())) == (40, [town.east_works])
    seed = pool.seed
    client.post(f"/callbacks/pools/{pool.pk}/", form | {"priority": 9})
    pool.refresh_from_db()
    assert (pool.priority, pool.seed) == (9, seed)
    assert seed in client.get("/callbacks/pools/").content.decode()


def test_a_unit_objects_on_its_page_and_the_boss_rules_on_theirs(client, town, pool):
    task = called(town, answered(town), BAD)
    enter(client, town.disputer)
    results = client.get("/callbacks/results/").content.decode()
    assert task.case.title in results
    assert town.callback.display_name not in results
    form = {"reason": "当日已修复 <script>alert(1)</script>"}
    assert client.post(f"/callbacks/results/{task.pk}/dispute/", form).status_code == 422
    photo = SimpleUploadedFile("现场.jpg", picture().read(), content_type="image/jpeg")
    client.post(f"/callbacks/results/{task.pk}/dispute/", form | {"evidence": photo})
    dispute = Dispute.objects.get()
    address = f"/callbacks/disputes/{dispute.pk}/"
    file = dispute.files.get()
    assert client.get(f"{address}files/{file.pk}/").status_code == 200
    assert enter(client, town.disputer_west).get(f"{address}files/{file.pk}/").status_code == 404
    assert enter(client, town.boss_west).get(address).status_code == 404
    page = enter(client, town.boss).get(address).content.decode()
    assert "<script>alert(1)" not in page
    client.post(address, {"ruling": "overturn", "note": "照片属实"})
    dispute.refresh_from_db()
    assert dispute.state == "overturned"


def test_a_bulletin_goes_from_its_month_to_its_files(client, town, pool):
    enter(client, town.lead)
    assert client.post("/callbacks/bulletins/", {"month": "2026-11"}).status_code == 422
    address = client.post("/callbacks/bulletins/", {"month": "2026-10"})["Location"]
    drain()
    assert "总体情况" in client.get(address).content.decode()
    texts = Bulletin.objects.get().paragraphs | {"advice": "加强巡查。"}
    client.post(address, texts)
    client.post(f"{address}submit/")
    assert client.post(f"{address}approve/").status_code == 403
    assert enter(client, town.boss_west).get(f"{address}files/pdf/").status_code == 404
    enter(client, town.boss).post(f"{address}approve/")
    drain()
    assert "完全一致" in client.get(f"{address}?recount=1").content.decode()
    assert b"".join(client.get(f"{address}files/pdf/")).startswith(b"%PDF-")
    assert b"".join(client.get(f"{address}files/docx/")).startswith(b"PK")
    assert AuditEntry.objects.filter(action="bulletin.downloaded").count() == 2
    assert enter(client, town.handler).get("/callbacks/bulletins/").status_code == 403
