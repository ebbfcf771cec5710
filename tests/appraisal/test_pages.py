"""The pages: who sees what, refusals at their field, sheets, statistics. OP-13..17."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from apps.accounts.models import User
from apps.appraisal import services
from apps.appraisal.enums import AppealState, Grade, RunState
from apps.appraisal.models import Appeal, PointFact, Run, Scheme, SubjectLine, Target
from apps.appraisal.reports import REPORTS
from apps.appraisal.selectors.targets import list_targets, track
from apps.audit.models import AuditEntry
from apps.common import clock
from tests.appraisal.factories import (
    HOUR,
    PAPER,
    camera,
    computed,
    known_for_long,
    last_month,
    outage,
    point,
    recorded,
    scheme,
)
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def at_desk(user: User) -> Client:
    """A browser somebody is signed in with."""
    client = Client()
    client.force_login(user)
    return client


def sheet(response: Any) -> list[tuple[Any, ...]]:
    """The rows of a downloaded sheet."""
    content = b"".join(response.streaming_content)
    active = load_workbook(BytesIO(content)).active
    assert active is not None
    return list(active.iter_rows(values_only=True))


@pytest.fixture
def month(desk: Cast) -> Run:
    """Last month, computed: an eastern camera of 甲 that was out, a western one of 乙."""
    east, west = point(desk), point(desk, side="west", vendor="乙维保")
    known_for_long(east)
    known_for_long(west)
    outage(east, 24 * HOUR, 30 * HOUR)
    outage(east, 100 * HOUR, HOUR, "power")
    recorded(camera(east), [3600] * 20 + [0, 0, None, None])
    scheme(desk)
    return computed(desk)


def days() -> str:
    period = last_month()
    return f"?since={period.first}&until={period.last}"


def test_the_ranking_shows_what_each_may_see_and_how_it_came_about(desk: Cast, month: Run) -> None:
    text = at_desk(desk.manager).get(reverse("appraisal:ranking")).content.decode()
    assert desk.east.name in text
    assert "重新计算" in text
    assert "公示并开放申诉" in text
    own = at_desk(desk.vendor_a).get(reverse("appraisal:ranking")).content.decode()
    assert "甲维保" in own
    assert "乙维保" not in own
    assert "重新计算" not in own
    west = at_desk(desk.manager_west).get(reverse("appraisal:ranking")).content.decode()
    assert desk.west.name in west
    assert f">{desk.east.name}<" not in west
    assert at_desk(desk.outsider).get(reverse("appraisal:ranking")).status_code == 403
    assert Client().get(reverse("appraisal:ranking")).status_code == 302


def test_the_ranking_as_a_sheet_keeps_numerators(desk: Cast, month: Run) -> None:
    url = reverse("appraisal:ranking-export") + "?kind=vendor"
    rows = sheet(at_desk(desk.manager).get(url))
    seconds = last_month().days * 86400
    first = dict(zip(rows[0], rows[1], strict=True))
    assert (first["名次"], first["名称"]) == (1, "乙维保")
    assert (first["在线率分子"], first["在线率分母"]) == (seconds, seconds)
    assert AuditEntry.objects.filter(action="ops_appraisal.exported").exists()


def test_a_month_is_ordered_computed_opened_and_frozen_by_buttons(desk: Cast) -> None:
    scheme(desk)
    known_for_long(point(desk))
    manager, rater = at_desk(desk.manager), at_desk(desk.rater)
    told = {"month": f"{last_month().first:%Y-%m}"}
    manager.post(reverse("appraisal:compute"), told)
    page = manager.get(reverse("appraisal:ranking")).content.decode()
    assert "hx-get" in page
    services.compute_due()
    run = Run.objects.get()
    assert run.shown is not None
    assert manager.get(reverse("appraisal:progress", args=[run.shown.pk]))["HX-Refresh"] == "true"
    manager.post(reverse("appraisal:run-deed", args=[run.pk, "open"]), told)
    assert rater.post(reverse("appraisal:run-deed", args=[run.pk, "freeze"]), told).status_code
    run.refresh_from_db()
    assert run.state == RunState.APPEALING  # the time of appeals is not over
    Run.objects.filter(pk=run.pk).update(appeal_until=clock.today() - timedelta(days=1))
    rater.post(reverse("appraisal:run-deed", args=[run.pk, "freeze"]), told)
    run.refresh_from_db()
    assert run.state == RunState.FROZEN
    assert "最终结果" in manager.get(reverse("appraisal:ranking")).content.decode()
    assert rater.post(reverse("appraisal:compute"), told).status_code == 403
    assert manager.post(reverse("appraisal:run-deed", args=[run.pk, "melt"])).status_code == 404


def test_one_point_shows_its_month_with_every_cause(desk: Cast, month: Run) -> None:
    line = SubjectLine.objects.get(of=month.shown, kind="vendor", key="甲维保")
    manager = at_desk(desk.manager)
    detail = manager.get(reverse("appraisal:line", args=[line.pk])).content.decode()
    asset = PointFact.objects.filter(of=month.shown)[0].asset_id
    url = reverse("appraisal:point", args=[month.pk, asset])
    assert url in detail
    text = manager.get(url).content.decode()
    assert text.count("<rect") >= 5
    for word in ("month-down", "month-excused", "停电", "设备", "1 天 6 小时"):
        assert word in text
    assert at_desk(desk.vendor_a).get(url).status_code == 200
    for stranger in (desk.vendor_b, desk.manager_west):
        assert at_desk(stranger).get(url).status_code == 404
        assert at_desk(stranger).get(reverse("appraisal:line", args=[line.pk])).status_code == 404


def test_an_appeal_goes_its_way_over_the_pages(desk: Cast, month: Run) -> None:
    services.open_run(desk.manager, run_id=month.pk)
    fact = PointFact.objects.get(of=month.shown, kind="outage", cause="equipment")
    url = reverse("appraisal:appeal-new", args=[fact.pk])
    vendor = at_desk(desk.vendor_a)
    told = {"wish": "recause", "cause": "", "reason": "现场施工挖断光缆"}
    paper = SimpleUploadedFile("许可.pdf", PAPER)
    refused = vendor.post(url, told | {"evidence": paper})
    assert refused.status_code == 422
    assert "请选择应计的原因" in refused.content.decode()
    hostile = SimpleUploadedFile("x.pdf", b"MZ\x90\x00<script>")
    bad = vendor.post(url, told | {"cause": "works", "evidence": hostile})
    assert bad.status_code == 422
    good = SimpleUploadedFile("许可.pdf", PAPER)
    vendor.post(url, told | {"cause": "works", "evidence": good, "reason": "<script>挖断</script>"})
    appeal = Appeal.objects.get()
    assert at_desk(desk.vendor_b).get(url).status_code == 404
    page = at_desk(desk.rater).get(reverse("appraisal:appeal-list")).content.decode()
    assert "&lt;script&gt;挖断" in page
    file_url = reverse("appraisal:appeal-file", args=[appeal.pk, appeal.evidence.get().pk])
    assert at_desk(desk.rater).get(file_url).status_code == 200
    assert at_desk(desk.vendor_b).get(file_url).status_code == 404
    assert (
        "甲维保"
        not in at_desk(desk.vendor_b).get(reverse("appraisal:appeal-list")).content.decode()
    )
    ruled = {"grant": "yes", "ruling": "施工许可属实"}
    rule = reverse("appraisal:appeal-rule", args=[appeal.pk])
    assert vendor.post(rule, ruled).status_code == 403
    at_desk(desk.rater).post(rule, ruled)
    appeal.refresh_from_db()
    assert appeal.state == AppealState.GRANTED


def test_weights_are_tried_before_they_are_kept(desk: Cast, month: Run) -> None:
    manager = at_desk(desk.manager)
    url = reverse("appraisal:scheme-new")
    told = {
        "name": "新方案", "basis": "办法", "effective_from": "2026-01", "appeal_days": 5,
        "online": 0, "recording": 100, "repair": 0, "picture": 0, "kind": "vendor",
        "staff_quantity": 20, "staff_time": 20, "staff_cost": 10, "staff_on_time": 30,
        "staff_ability": 20,
    }  # fmt: skip
    tried = manager.post(url, told | {"try": "1"})
    assert "试算结果" in tried.content.decode()
    assert "90.91" in tried.content.decode()  # 20 of the 22 hours anybody could tell of
    assert Scheme.objects.count() == 1
    wrong = manager.post(url, told | {"online": 10})
    assert wrong.status_code == 422
    assert "权重之和应为 100，现为 110" in wrong.content.decode()
    made = manager.post(url, told)
    assert made.status_code == 302
    scheme_url = made["Location"]
    manager.post(f"{scheme_url}submit/")
    assert manager.post(f"{scheme_url}publish/").status_code == 403
    at_desk(desk.rater).post(f"{scheme_url}publish/")
    assert Scheme.objects.get(name="新方案").state == "published"
    assert "新方案" in manager.get(reverse("appraisal:scheme-list")).content.decode()
    assert at_desk(desk.vendor_a).get(reverse("appraisal:scheme-list")).status_code == 403


def test_every_statistic_is_a_page_and_a_sheet(desk: Cast, month: Run) -> None:
    manager = at_desk(desk.manager)
    expected = {"picture": 0, "offline": 2, "offline-total": 1, "offline-last": 1, "points": 2}
    for code, report in REPORTS.items():
        page = manager.get(reverse("appraisal:report", args=[code]) + days())
        assert page.status_code == 200
        assert str(report.label) in page.content.decode()
        rows = sheet(manager.get(reverse("appraisal:report-export", args=[code]) + days()))
        assert len(rows[0]) == len(report.headings)
        assert len(rows) - 1 == expected.get(code, len(rows) - 1), code


def test_statistics_say_what_the_appraisal_says(desk: Cast, month: Run) -> None:
    url = reverse("appraisal:report-export", args=["points"]) + days()
    rows = sheet(at_desk(desk.manager).get(url))
    shown = {row[rows[0].index("点位")]: row[rows[0].index("得分")] for row in rows[1:]}
    assert month.shown is not None
    kept = {one.name: float(one.score or 0) for one in month.shown.points.all()}
    assert {name: float(score) for name, score in shown.items()} == kept


def test_a_vendor_and_a_district_get_their_own_statistics(desk: Cast, month: Run) -> None:
    url = reverse("appraisal:report-export", args=["points"]) + days()
    for user, vendors in (
        (desk.vendor_a, {"甲维保"}),
        (desk.vendor_b, {"乙维保"}),
        (desk.manager_west, {"乙维保"}),
        (desk.manager, {"甲维保", "乙维保"}),
    ):
        rows = sheet(at_desk(user).get(url))
        assert {row[3] for row in rows[1:]} == vendors
    assert at_desk(desk.outsider).get(url).status_code == 403


def test_days_that_cannot_be_are_refused_at_their_field(desk: Cast) -> None:
    url = reverse("appraisal:report", args=["points"])
    for query in (
        "?since=2026-05-01&until=2026-01-01",
        "?since=1900-01-01",
        "?until=0001-01-01",
        "?since=x",
    ):
        answer = at_desk(desk.manager).get(url + query)
        assert answer.status_code == 422
        assert "id_since" in answer.content.decode()
    assert at_desk(desk.manager).get(url + "?page=99999").status_code in {200, 404}
    assert at_desk(desk.manager).get("/appraisal/statistics/none/").status_code == 404


def test_targets_are_set_followed_and_dropped(desk: Cast) -> None:
    point(desk)
    manager = at_desk(desk.manager)
    url = reverse("appraisal:target-new")
    told = {"month": f"{last_month().first:%Y-%m}", "vendor": "甲维保"}
    empty = manager.post(url, told)
    assert empty.status_code == 422
    assert "至少填写一项" in empty.content.decode()
    manager.post(url, told | {"quantity": "10", "hours": "4"})
    manager.post(url, told | {"quantity": "8", "cost": "1000"})
    target = Target.objects.get()
    assert (target.quantity, target.hours, target.cost) == (8, None, Decimal(1000))
    (tracked,) = track(list_targets(desk.vendor_a, desk.tenant, last_month().first))
    assert (tracked.done, tracked.score, tracked.grade) == (0, Decimal(0), Grade.FAILED)
    assert list_targets(desk.vendor_b, desk.tenant, last_month().first) == []
    listed = manager.get(reverse("appraisal:target-list")).content.decode()
    assert "0 / 8" in listed
    assert sheet(manager.get(reverse("appraisal:target-export")))[1][0] == "甲维保"
    assert at_desk(desk.vendor_a).post(url, told).status_code == 403
    drop = reverse("appraisal:target-drop", args=[target.pk])
    assert at_desk(desk.rater).post(drop).status_code == 403
    manager.post(drop)
    assert not Target.objects.exists()


def test_empty_pages_say_what_comes_first(desk: Cast) -> None:
    manager = at_desk(desk.manager)
    for name, words in (
        ("ranking", "该月还没有考核结果"),
        ("appeal-list", "没有运维考核申诉"),
        ("scheme-list", "还没有考核方案"),
        ("target-list", "该月没有设定考核指标"),
    ):
        assert words in manager.get(reverse(f"appraisal:{name}")).content.decode()
    assert manager.get(reverse("appraisal:ranking") + "?month=abc").status_code == 200
