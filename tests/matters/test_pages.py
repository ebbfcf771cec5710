"""The queue and case pages as each role meets them."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook
from PIL import Image

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.matters.enums import AttachmentPurpose
from apps.matters.models import CaseAttachment, CaseEvent
from tests.cast import Cast
from tests.matters import factories as make

pytestmark = pytest.mark.django_db


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def picture(name: str = "现场.jpg") -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", (640, 480), "grey").save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


def test_the_queue_shows_its_cases_and_bulk_actions(cast: Cast) -> None:
    case = make.accepted(cast)
    page = as_(cast.dispatcher).get("/cases/queue/routing/").content.decode()
    assert case.number in page
    assert "按规则建议派单" in page
    assert "东区城市管理局" in page


def test_the_queue_of_others_is_not_found(cast: Cast) -> None:
    assert as_(cast.handler).get("/cases/queue/intake/").status_code == 404


def test_nobody_in_particular_is_sent_to_sign_in(cast: Cast) -> None:
    answer = Client().get("/cases/queue/intake/")
    assert answer.status_code == 302
    assert "login" in answer["Location"]


@pytest.mark.parametrize(
    "query", ["page=x", "page=99999999", "size=7", "class_code=zz", "opened_from=gestern", "q=井"]
)
def test_a_rubbish_query_is_answered_calmly(cast: Cast, query: str) -> None:
    make.registered(cast)
    assert as_(cast.acceptor).get(f"/cases/queue/intake/?{query}").status_code == 200


def test_filters_narrow_the_queue(cast: Cast) -> None:
    make.registered(cast)
    client = as_(cast.acceptor)
    assert "路口井盖松动" in client.get("/cases/queue/intake/?q=井盖").content.decode()
    assert "路口井盖松动" not in client.get("/cases/queue/intake/?q=路灯").content.decode()


def test_the_export_holds_what_the_queue_shows_and_is_logged(cast: Cast) -> None:
    case = make.handling(cast)
    answer = as_(cast.supervisor).get("/cases/queue/all/export/?tab=open")
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    rows = list(load_workbook(BytesIO(content)).active.iter_rows(values_only=True))
    assert case.number in rows[1]
    assert AuditEntry.objects.filter(action="cases.exported").exists()


def test_the_export_is_for_those_who_may(cast: Cast) -> None:
    assert as_(cast.handler).get("/cases/queue/unit/export/").status_code == 403


def test_the_case_page_tells_why_and_until_when(cast: Cast) -> None:
    case = make.dispatched(cast)
    page = as_(cast.handler).get(f"/cases/{case.pk}/").content.decode()
    assert "为什么是这个单位" in page
    assert "井盖问题" in page
    assert "办理时限" in page
    assert "签收" in page


def test_a_foreign_case_is_not_found(cast: Cast) -> None:
    case = make.dispatched(cast)
    assert as_(cast.handler_west).get(f"/cases/{case.pk}/").status_code == 404
    assert as_(cast.handler_west).post(f"/cases/{case.pk}/sign/", {}).status_code == 404


def test_an_action_is_done_through_its_form(cast: Cast) -> None:
    case = make.dispatched(cast)
    client = as_(cast.handler)
    assert client.get(f"/cases/{case.pk}/sign/").status_code == 200
    answer = client.post(f"/cases/{case.pk}/sign/", {"version": case.lock_version, "key": "k1"})
    assert answer.status_code == 302
    client.post(f"/cases/{case.pk}/sign/", {"version": case.lock_version, "key": "k1"})
    assert CaseEvent.objects.filter(case=case, action="sign").count() == 1


def test_a_stale_page_keeps_what_was_typed(cast: Cast) -> None:
    case = make.handling(cast)
    make.act(cast.colleague, case, "remark", {"note": "已电话联系"})
    text = "已更换井盖。" * 20
    answer = as_(cast.handler).post(
        f"/cases/{case.pk}/feed_back/",
        make.feed_back_data(result=text) | {"version": case.lock_version},
    )
    assert answer.status_code == 409
    page = answer.content.decode()
    assert text in page
    assert "孙丽" in page


def test_a_missing_field_is_named_and_the_rest_kept(cast: Cast) -> None:
    case = make.handling(cast)
    answer = as_(cast.handler).post(
        f"/cases/{case.pk}/feed_back/", {"resolution": "", "result": "已经处理好了"}
    )
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "办理情况" in page
    assert "已经处理好了" in page


def test_pictures_come_with_the_feedback_and_only_viewers_get_them(cast: Cast) -> None:
    case = make.handling(cast)
    data = make.feed_back_data() | {"files": picture()}
    assert as_(cast.handler).post(f"/cases/{case.pk}/feed_back/", data).status_code == 302
    item = CaseAttachment.objects.get(case=case)
    assert item.purpose == "after"
    url = f"/cases/{case.pk}/files/{item.pk}/"
    assert as_(cast.handler).get(url).status_code == 200
    assert as_(cast.handler).get(f"{url}?thumbnail=1").status_code == 200
    assert as_(cast.handler_west).get(url).status_code == 404


def test_a_disguised_file_is_refused_and_nothing_happens(cast: Cast) -> None:
    case = make.handling(cast)
    bad = SimpleUploadedFile("现场.jpg", b"<html><script>alert(1)</script>", "image/jpeg")
    answer = as_(cast.handler).post(
        f"/cases/{case.pk}/feed_back/", make.feed_back_data() | {"files": bad}
    )
    assert answer.status_code == 400
    case.refresh_from_db()
    assert case.state == "handling"


def test_the_dossier_prints_and_is_logged(cast: Cast) -> None:
    case = make.closed(cast)
    page = as_(cast.supervisor).get(f"/cases/{case.pk}/print/").content.decode()
    assert "案件卷宗" in page
    assert AuditEntry.objects.filter(action="case.printed").exists()


def test_cases_are_related_by_number(cast: Cast) -> None:
    case, twin = make.registered(cast), make.registered(cast)
    data = {"number": twin.number, "kind": "duplicate_of"}
    client = as_(cast.acceptor)
    client.post(f"/cases/{case.pk}/link/", data)
    assert twin.number in client.get(f"/cases/{case.pk}/").content.decode()


def test_bulk_signing_reports_what_failed(cast: Cast) -> None:
    case = make.dispatched(cast)
    answer = as_(cast.handler).post(
        "/cases/queue/unit/bulk/", {"cases": [case.pk], "action": "sign"}, follow=True
    )
    assert "已处理1件" in answer.content.decode()


def test_script_in_a_report_is_shown_not_run(cast: Cast) -> None:
    case = make.registered(cast, title="<script>alert(1)</script>", text="<b>x</b>井盖")
    page = as_(cast.acceptor).get(f"/cases/{case.pk}/").content.decode()
    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;" in page


def test_rows_can_be_chosen_and_the_list_stays_fresh(cast: Cast) -> None:
    make.dispatched(cast)
    page = as_(cast.handler).get("/cases/queue/unit/").content.decode()
    for mark in ("data-keyboard-rows", "data-check-all", "data-bulk-bar", 'data-refresh="60"'):
        assert mark in page


def test_seldom_used_filters_unfold_when_in_use(cast: Cast) -> None:
    client = as_(cast.handler)
    assert " data-open>" not in client.get("/cases/queue/unit/").content.decode()
    assert " data-open>" in client.get("/cases/queue/unit/?priority=urgent").content.decode()


def test_pictures_before_and_after_stand_side_by_side(cast: Cast) -> None:
    case = make.handling(cast)
    client = as_(cast.handler)
    sent = make.feed_back_data() | {"files": [picture()]}
    client.post(f"/cases/{case.pk}/feed_back/", sent)
    after = CaseAttachment.objects.get(case=case)
    assert "file-pairs" not in client.get(f"/cases/{case.pk}/").content.decode()
    after.pk, after.purpose, after.name = None, AttachmentPurpose.REPORT, "市民拍摄.jpg"
    after.save()
    page = client.get(f"/cases/{case.pk}/").content.decode()
    assert page.index("file-pairs") < page.index("市民拍摄.jpg") < page.index("现场.jpg")


def test_notices_of_cases_are_filtered_by_plain_words(cast: Cast) -> None:
    make.dispatched(cast)
    page = as_(cast.handler).get("/notices/").content.decode()
    assert '<a href="?kind=task">新任务</a>' in page
