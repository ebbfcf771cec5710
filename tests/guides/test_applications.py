"""One submission, several departments, one result (MT-06, MT-16)."""

from typing import Any

import pytest

from apps.accounts.models import User
from apps.audit.services import SYSTEM
from apps.common import outbox
from apps.common.errors import InvalidInput, NotAllowed
from apps.guides import services
from apps.guides.enums import PartState, Via
from apps.guides.models import Application, JointBusiness
from apps.guides.selectors.applications import progress_of
from apps.matters.errors import ActionNotPossible
from apps.matters.models import Case, CaseLink, MatterType
from apps.matters.services import perform, publish_version, save_draft
from apps.notices.models import Delivery
from tests.cast import Cast
from tests.guides.factories import MOTHER, birth, birth_values

pytestmark = pytest.mark.django_db


def part_case(application: Application, code: str) -> Case:
    case = application.parts.get(code=code).case
    assert case is not None
    return case


def decide(staff: User, application: Application, code: str, decision: str = "approve") -> None:
    """The department signs, decides, and the worker joins."""
    case = part_case(application, code)
    perform(staff, case_id=case.pk, action="sign", data={})
    data: dict[str, Any] = {"decision": decision, "opinion": "材料齐全", "document_number": code}
    perform(staff, case_id=case.pk, action="decide", data=data)
    outbox.drain()


def states(application: Application) -> dict[str, str]:
    return dict(application.parts.values_list("code", "state"))


def test_first_parts_open_with_their_fields_and_papers(served: Cast) -> None:
    application = birth(served)
    assert states(application) == {
        "certificate": "open",
        "household": "waiting",
        "insurance": "waiting",
    }
    case = part_case(application, "certificate")
    assert case.unit is not None
    assert case.unit.code == "east-wjj"
    assert case.state == "dispatched"
    assert case.form_data["mother_id"] == MOTHER
    assert [a.name for a in case.attachments.all()] == ["母亲身份证-身份证.jpg"]
    assert CaseLink.objects.filter(source=case, target=application.case, kind="parent").exists()
    assert Delivery.objects.filter(key__contains="application:").exists()


def test_a_part_begins_in_the_version_in_force_that_day(served: Cast) -> None:
    """The declaration stays on its plan, a part that has begun on its version (MT-06)."""
    application = birth(served)
    begun = part_case(application, "certificate").version
    for code in ("service.birth_certificate", "service.household_birth"):
        matter = MatterType.objects.get(code=code)
        assert matter.current_version is not None
        body = matter.current_version.body | {"title": "新版"}
        draft = save_draft(SYSTEM, matter_type_id=matter.pk, body=body)
        publish_version(SYSTEM, version_id=draft.pk)
    plan = application.joint
    assert plan is not None
    saved = services.save_plan(
        served.editor,
        JointBusiness,
        tenant=served.tenant,
        code=plan.code,
        title=plan.title,
        body=plan.body | {"items": plan.body["items"][:1]},
    )
    services.publish_plan(served.issuer, JointBusiness, plan_id=saved.pk)
    decide(served.wjj, application, "certificate")
    assert part_case(application, "certificate").version == begun
    assert part_case(application, "household").version.body["title"] == "新版"


def test_all_departments_approve_and_one_hand_gives_out(served: Cast) -> None:
    application = birth(served)
    decide(served.wjj, application, "certificate")
    assert states(application)["household"] == "open"
    assert states(application)["insurance"] == "open"
    decide(served.gaj, application, "household")
    application.case.refresh_from_db()
    assert application.case.state == "running"
    decide(served.ybj, application, "insurance")
    application.case.refresh_from_db()
    assert application.case.state == "ready"
    found = progress_of(application)
    assert ("居民户口簿新增页", "household") in found.documents
    case = perform(
        served.clerk,
        case_id=application.case_id,
        action="hand_out",
        data={"way": "window", "receiver": "林晓雨"},
    ).case
    assert (case.state, case.category) == ("done", "ended")


def test_a_refused_first_part_skips_what_builds_on_it(served: Cast) -> None:
    application = birth(served)
    decide(served.wjj, application, "certificate", "refuse")
    assert states(application) == {
        "certificate": "refused",
        "household": "skipped",
        "insurance": "skipped",
    }
    application.case.refresh_from_db()
    assert application.case.state == "refused"


def test_partial_refusal_still_gives_what_was_granted(served: Cast) -> None:
    application = birth(served)
    decide(served.wjj, application, "certificate")
    decide(served.gaj, application, "household", "refuse")
    decide(served.ybj, application, "insurance")
    application.case.refresh_from_db()
    assert application.case.state == "ready"
    assert "部分事项已批准" in progress_of(application).steps[0]["text"]


def test_what_is_not_wanted_is_not_asked_for(served: Cast) -> None:
    application = birth(served, values=birth_values(wants_insurance=False))
    assert "insurance" not in states(application)


def test_joining_twice_changes_nothing(served: Cast) -> None:
    application = birth(served)
    decide(served.wjj, application, "certificate")
    cases = Case.objects.count()
    services.advance(application.pk)
    services.advance(application.pk)
    assert Case.objects.count() == cases


def test_the_same_form_twice_is_one_application(served: Cast) -> None:
    first = birth(served, source_key="apply:1")
    again = birth(served, source_key="apply:1")
    assert first.pk == again.pk
    assert Application.objects.count() == 1


def test_a_missing_paper_is_named(served: Cast) -> None:
    with pytest.raises(InvalidInput) as refusal:
        birth(served, materials={})
    assert refusal.value.field == "mother_id_card"
    assert "母亲身份证" in str(refusal.value)
    assert Case.objects.count() == 0


def test_only_the_window_files_for_others(served: Cast) -> None:
    with pytest.raises(NotAllowed):
        birth(served, actor=served.wjj, via=Via.WINDOW)
    application = birth(served, actor=served.clerk, via=Via.WINDOW)
    assert application.filed_by_name == served.clerk.display_name


def test_another_department_does_not_decide(served: Cast) -> None:
    application = birth(served)
    case = part_case(application, "certificate")
    with pytest.raises(NotAllowed):
        perform(served.gaj, case_id=case.pk, action="sign", data={})


def test_withdrawing_takes_every_open_part_along(served: Cast) -> None:
    application = birth(served)
    who = services.reporter_of(application)
    services.withdraw(who, application_id=application.pk, reason="填错了")
    assert set(states(application).values()) == {PartState.WITHDRAWN}
    assert part_case(application, "certificate").state == "withdrawn"
    outbox.drain()
    application.case.refresh_from_db()
    assert application.case.state == "withdrawn"
    with pytest.raises(ActionNotPossible):
        services.withdraw(who, application_id=application.pk, reason="")


def test_without_a_unit_in_the_rules_a_dispatcher_decides(served: Cast) -> None:
    lon, lat = Cast.inside_west()
    application = birth(served, values=birth_values(place={"lng": lon, "lat": lat}))
    case = part_case(application, "certificate")
    assert (case.state, case.unit) == ("submitted", None)
    data = {
        "unit": served.wjj.appointments.get().post.organization_id,
        "limit_amount": 1,
        "limit_unit": "working_days",
    }
    assert (
        perform(served.dispatcher, case_id=case.pk, action="dispatch", data=data).case.state
        == "dispatched"
    )
