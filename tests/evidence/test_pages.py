"""The pages: who opens them, what they show, what their forms do."""

import io
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.accounts.models import HeldChange
from apps.audit import services as audit
from apps.audit.models import AuditEntry
from apps.common import clock, selfchecks
from apps.common.selfchecks import Answer, Check
from apps.evidence import selectors, services
from apps.evidence.clauses import CLAUSES
from apps.evidence.enums import AlarmState, ClauseState, Watch
from apps.evidence.models import (
    Alarm,
    AlarmRule,
    ClauseNote,
    ClauseResult,
    Finding,
    SelfCheck,
    Witness,
)
from tests.cast import Cast
from tests.evidence.factories import administrator, key_pair

pytestmark = pytest.mark.django_db

PAGES = {
    "evidence:overview": {"audit_admin"},
    "evidence:checkpoint-list": {"audit_admin"},
    "evidence:month-list": {"audit_admin"},
    "evidence:witness-list": {"audit_admin", "security_admin"},
    "evidence:alarm-list": {"audit_admin", "security_admin"},
    "evidence:rule-list": {"audit_admin", "security_admin"},
    "evidence:board": {"audit_admin", "security_admin", "system_admin"},
    "evidence:finding-list": {"audit_admin", "security_admin", "system_admin"},
}


@pytest.fixture
def people(cast: Cast) -> Cast:
    for kind in ("system_admin", "security_admin", "audit_admin"):
        cast.people[kind] = administrator(cast, kind)
    return cast


def open_as(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def alarm_about(subject: Any, watch: Watch = Watch.SECURITY) -> Alarm:
    services.seed_rules()
    moment = clock.now()
    return Alarm.objects.create(
        rule=AlarmRule.objects.get(code="denied"), severity="middle", subject_id=subject.pk,
        subject=subject.full_name, count=12, threshold=10, window_minutes=10, first_at=moment,
        last_at=moment, raised_at=moment, watch=watch,
    )  # fmt: skip


def test_pages_open_for_those_they_are_for(people: Cast) -> None:
    for name, allowed in PAGES.items():
        for kind in ("system_admin", "security_admin", "audit_admin", "handler"):
            answer = open_as(people.people[kind]).get(reverse(name))
            assert answer.status_code == (200 if kind in allowed else 403), (name, kind)


def test_a_refusal_is_written_down_once_per_request(people: Cast) -> None:
    open_as(people.handler).get(reverse("evidence:overview"))
    entry = AuditEntry.objects.get(action="access.denied")
    assert (entry.actor_id, entry.object_id) == (people.handler.pk, "evidence:overview")
    Client().get(reverse("evidence:overview"))
    assert AuditEntry.objects.filter(action="access.denied").count() == 1


def test_refusals_without_end_do_not_fill_the_log(
    people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.audit.middleware.DENIED_PER_MINUTE", 3)
    client = open_as(people.head)
    for _turn in range(6):
        assert client.get(reverse("evidence:overview")).status_code == 403
    assert AuditEntry.objects.filter(action="access.denied").count() in {3, 4, 5, 6} - {5, 6}


def test_overview_and_checkpoint(people: Cast) -> None:
    client = open_as(people.audit_admin)
    assert "还没有检查点" in client.get(reverse("evidence:overview")).content.decode()
    made = client.post(reverse("evidence:checkpoint-make"))
    assert made.url == "/evidence/checkpoints/1/"
    page = client.get(made.url).content.decode()
    assert services.latest_checkpoint().digest in page
    asked = client.post(reverse("evidence:verification-ask"), follow=True)
    assert "正在进行" in asked.content.decode()
    assert client.get("/evidence/checkpoints/99/").status_code == 404


def test_a_package_of_what_is_not_sealed_is_refused(people: Cast) -> None:
    audit.record(audit.SYSTEM, "case.dispatched", object_id=7)
    answer = open_as(people.audit_admin).get(
        reverse("evidence:package"), {"action": "case.dispatched", "object_id": "7"}
    )
    assert answer.status_code == 409
    assert "还未封存" in answer.content.decode()


def test_everybody_may_look_up_a_digest(client: Client, people: Cast) -> None:
    checkpoint = services.make_checkpoint()
    page = client.get(reverse("evidence:public-verify"), {"digest": checkpoint.digest.upper()})
    assert str(checkpoint) in page.content.decode()
    unknown = client.get(reverse("evidence:public-verify"), {"digest": "0" * 64}).content.decode()
    assert "没有签发过" in unknown
    assert "64位" in client.get(reverse("evidence:public-verify"), {"digest": "x"}).content.decode()
    assert b"ALL FITS" in client.get("/evidence/verify/program/verify_package.py").content
    assert client.get("/evidence/verify/program/README.txt").status_code == 404
    found = client.get(reverse("api-checkpoint-verify", args=[checkpoint.digest])).json()
    assert (found["number"], found["root"]) == (1, checkpoint.root)
    assert client.get(reverse("api-checkpoint-verify", args=["0" * 64])).status_code == 404


def test_registering_and_ending_a_witness(people: Cast) -> None:
    from tests.evidence.test_witnesses import client_of

    api_client, _key = client_of(people)
    client, (_private, pem) = open_as(people.security_admin), key_pair()
    form = {"code": "audit-office", "name": "审计局", "client": api_client.pk, "public_pem": "x"}
    refused = client.post(reverse("evidence:witness-list"), form)
    assert (refused.status_code, "Ed25519" in refused.content.decode()) == (422, True)
    client.post(reverse("evidence:witness-list"), form | {"public_pem": pem})
    witness = Witness.objects.get(code="audit-office")
    client.post(reverse("evidence:witness-end", args=[witness.pk]))
    witness.refresh_from_db()
    assert not witness.is_active
    other = open_as(people.audit_admin)
    assert other.post(reverse("evidence:witness-end", args=[witness.pk])).status_code == 403


def test_the_key_is_replaced_by_two_people(people: Cast) -> None:
    other = administrator(people, "security_admin", "security-second")
    old = services.active_key()
    maker = open_as(people.security_admin)
    maker.post(reverse("evidence:key-rotate"), {"reason": ""})
    filed = maker.post(reverse("evidence:key-rotate"), {"reason": "每年更换一次"})
    change = HeldChange.objects.get()
    assert filed.url == reverse("accounts:approval-detail", args=[change.pk])
    assert services.active_key() == old
    decision = {"digest": change.digest, "note": "", "deed": "approve"}
    address = reverse("accounts:approval-decide", args=[change.pk])
    maker.post(address, decision)
    assert services.active_key() == old
    open_as(other).post(address, decision)
    new = services.active_key()
    assert new.previous == old
    assert services.is_signed(old.public_pem, new.public_pem.encode(), new.endorsement)
    assert (
        AuditEntry.objects.get(action="signing_key.made", object_id=str(new.pk)).data["checker"]
        == other.display_name
    )
    assert open_as(people.audit_admin).post(reverse("evidence:key-rotate")).status_code == 403


# --- Alarms ----------------------------------------------------------------------------------


def test_an_alarm_is_read_looked_at_and_closed(people: Cast) -> None:
    alarm, client = alarm_about(people.handler), open_as(people.security_admin)
    assert "王强" in client.get(reverse("evidence:alarm-list")).content.decode()
    detail = reverse("evidence:alarm-detail", args=[alarm.pk])
    assert "10分钟内被拒绝12次" in client.get(detail).content.decode()
    client.post(reverse("evidence:alarm-see", args=[alarm.pk]))
    close = reverse("evidence:alarm-close", args=[alarm.pk])
    assert client.post(close, {"outcome": "justified", "reason": ""}).status_code == 422
    assert client.post(close, {"outcome": "justified", "reason": "好"}).status_code == 422
    client.post(close, {"outcome": "justified", "reason": "误点"})
    alarm.refresh_from_db()
    assert alarm.state == AlarmState.CLOSED


def test_nobody_reads_an_alarm_about_themselves(people: Cast) -> None:
    alarm = alarm_about(people.security_admin, Watch.AUDIT)
    detail = reverse("evidence:alarm-detail", args=[alarm.pk])
    assert open_as(people.security_admin).get(detail).status_code == 404
    assert open_as(people.audit_admin).get(detail).status_code == 200


def test_alarms_are_filtered_and_exported(people: Cast) -> None:
    alarm_about(people.handler)
    client = open_as(people.security_admin)
    nothing = client.get(reverse("evidence:alarm-list"), {"subject": "无此人"}).content.decode()
    assert "没有符合条件的告警" in nothing
    rubbish = {"state": "x", "from_on": "2026-05-02", "to_on": "2026-05-01"}
    assert client.get(reverse("evidence:alarm-list"), rubbish).status_code == 200
    book = client.get(reverse("evidence:alarm-export"))
    assert zipfile.is_zipfile(io.BytesIO(b"".join(book.streaming_content)))
    assert AuditEntry.objects.get(action="alarms.exported").data == {"rows": 1}


def test_a_rule_is_set_on_its_page(people: Cast) -> None:
    address = reverse("evidence:rule-edit", args=["night-work"])
    client = open_as(people.security_admin)
    assert "22" in client.get(address).content.decode()
    form = {"is_on": "on", "threshold": 4, "window_minutes": 60, "from_hour": 25, "to_hour": 6}
    assert client.post(address, form).status_code == 422
    client.post(address, form | {"from_hour": 21})
    rule = AlarmRule.objects.get(code="night-work")
    assert (rule.threshold, rule.from_hour) == (4, 21)
    assert open_as(people.audit_admin).get(address).status_code == 403
    assert client.get(reverse("evidence:rule-edit", args=["none"])).status_code == 404


# --- The board -------------------------------------------------------------------------------


def test_every_clause_names_known_checks_and_every_check_is_used() -> None:
    known = {check.code for check in selfchecks.all_checks()}
    used = {code for clause in CLAUSES for code in clause.checks}
    assert used - known == set()
    assert known - used == set()
    assert len({clause.code for clause in CLAUSES}) == len(CLAUSES)


def test_every_check_answers(people: Cast) -> None:
    for check in selfchecks.all_checks():
        answer = check.run()
        assert answer.state in ClauseState.values, check.code
        assert str(answer.text), check.code


def test_answers_are_kept_when_they_change(people: Cast) -> None:
    state = {"is": "not"}
    check = Check("test.one", "测试", lambda: Answer(state["is"], "依据"))
    with selfchecks.temporarily(check):
        services.ask_checks()
        services.ask_checks()
        state["is"] = "fulfilled"
        services.ask_checks()
    rows = ClauseResult.objects.filter(check_code="test.one").order_by("pk")
    assert [row.state for row in rows] == ["not", "fulfilled"]


def test_a_check_that_fails_says_so_and_hides_no_other(people: Cast) -> None:
    with selfchecks.temporarily(Check("test.bad", "坏", lambda: Answer(str(1 / 0), ""))):
        services.ask_checks()
        assert "检查未能完成" in ClauseResult.objects.get(check_code="test.bad").text
        assert open_as(people.audit_admin).get(reverse("evidence:board")).status_code == 200


def test_a_person_answers_a_clause_until_its_date(people: Cast) -> None:
    client, address = open_as(people.security_admin), "/evidence/board/trusted/"
    form = {"state": "partly", "note": "机房已部署", "next_on": clock.today().isoformat()}
    assert client.post(address, form).status_code == 422
    later = (clock.today() + clock.timezone.timedelta(days=90)).isoformat()
    png = _png()
    client.post(address, form | {"next_on": later, "upload": png})
    note = ClauseNote.objects.get()
    assert (
        open_as(people.audit_admin).get(f"/evidence/board/notes/{note.pk}/file/").status_code == 200
    )
    shown = {s.clause.code: s for s in selectors.show_board()}["trusted"]
    assert shown.state == ClauseState.PARTLY
    with clock.at(clock.now() + clock.timezone.timedelta(days=91)):
        assert {s.clause.code: s for s in selectors.show_board()}["trusted"].is_due
    assert open_as(people.system_admin).post(address, form | {"next_on": later}).status_code == 403


def _png() -> SimpleUploadedFile:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, "PNG")
    return SimpleUploadedFile("证明.png", buffer.getvalue(), "image/png")


def test_board_is_exported_and_the_month_signed_off_once(people: Cast) -> None:
    client = open_as(people.security_admin)
    book = client.get(reverse("evidence:board-export"))
    assert zipfile.is_zipfile(io.BytesIO(b"".join(book.streaming_content)))
    close = reverse("evidence:self-check-close")
    client.post(close, {"note": ""})
    assert not SelfCheck.objects.exists()
    client.post(close, {"note": "两项待整改"})
    assert client.post(close, {"note": "再来一次"}).status_code == 409
    done = SelfCheck.objects.get()
    assert sum(done.states.values()) == len(CLAUSES)


def test_a_high_finding_is_due_within_a_day(people: Cast) -> None:
    client = open_as(people.security_admin)
    form = {"title": "弱口令", "source": "test", "severity": "high", "owner": "李建国"}
    late = {"due_at": "2099-01-01T08:00"}
    assert client.post(reverse("evidence:finding-list"), form | late).status_code == 422
    client.post(reverse("evidence:finding-list"), form)
    finding = Finding.objects.get()
    assert (finding.due_at - finding.found_at).total_seconds() == 24 * 3600
    close = reverse("evidence:finding-close", args=[finding.pk])
    client.post(close, {"fix": ""})
    client.post(close, {"fix": "已改口令"})
    finding.refresh_from_db()
    assert finding.fixed_at
    assert client.post(close, {"fix": "又一次"}).status_code == 409
    assert open_as(people.system_admin).post(close, {"fix": "越权"}).status_code == 403
