"""A matter that wants to be sure of who acts: designed, checked, asked, resumed, told."""

import copy
from typing import Any

import pytest
from allauth.core.context import request_context
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.urls import reverse

from apps.accounts.assurance.demands import StepUpRequired
from apps.audit.services import SYSTEM
from apps.guides.selectors.guides import content_of
from apps.matters import services
from apps.matters.actions import known_actions
from apps.matters.definition import TrustDef, check, definition_of, parsing
from apps.matters.models import Case, MatterVersion
from apps.matters.services import perform
from apps.matters.services.trust import require_to_act
from apps.matters.studio import words
from apps.matters.studio.forms import Surroundings
from apps.matters.studio.forms.process import ActionForm
from tests.accounts.factors import code_of, enrol
from tests.cast import PASSWORD, Cast
from tests.matters import factories as make

pytestmark = pytest.mark.django_db
TRUST = {"level": 2, "minutes": 30}


@pytest.fixture
def dispatched(cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Case:
    """A case whose matter asks for level 2 before a unit signs for it."""
    settings.STEP_UP = True
    case = make.dispatched(cast)
    body = with_trust(case.version.body)
    monkeypatch.setitem(parsing._parsed, case.version_id, parsing.parse(body))
    return case


def with_trust(body: dict[str, Any], **policies: int) -> dict[str, Any]:
    changed = copy.deepcopy(body)
    next(a for a in changed["actions"] if a["code"] == "sign")["trust"] = TRUST
    changed["policies"] = {**changed.get("policies", {}), **policies}
    return changed


def signed_in(user: Any, secret: str | None = None) -> Client:
    client = Client()
    answer = client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    if secret:
        client.post(answer.url, {"code": code_of(secret)})
    return client


def state_of(case: Case) -> str:
    case.refresh_from_db()
    return case.state


def test_refused_kept_and_resumed_where_it_stopped(cast: Cast, dispatched: Case) -> None:
    client = signed_in(cast.handler)
    secret = enrol(cast.handler)
    before = state_of(dispatched)
    page = client.post(reverse("matters:case-action", args=[dispatched.pk, "sign"]), {"key": "k"})
    assert "/step-up/" in page.url
    assert "需要 2 级可信等级" in client.get(page.url).content.decode()
    assert state_of(dispatched) == before
    onwards = client.post(page.url, {"method": "totp", "code": code_of(secret)})
    assert client.get(onwards.url).status_code == 302
    assert state_of(dispatched) != before


def test_whoever_has_proved_it_is_not_asked(cast: Cast, dispatched: Case) -> None:
    secret = enrol(cast.handler)
    client = signed_in(cast.handler, secret)
    before = state_of(dispatched)
    client.post(reverse("matters:case-action", args=[dispatched.pk, "sign"]), {"key": "k"})
    assert state_of(dispatched) != before


def test_page_of_many_cases_leads_to_the_confirmation_too(cast: Cast, dispatched: Case) -> None:
    client = signed_in(cast.handler)
    enrol(cast.handler)
    given = {"cases": [dispatched.pk], "action": "sign"}
    page = client.post(reverse("matters:queue-bulk", args=["unit"]), given)
    assert "/step-up/" in page.url


def test_who_may_not_is_told_so_and_not_asked(cast: Cast, dispatched: Case) -> None:
    client = signed_in(cast.callback)
    answer = client.post(reverse("matters:case-action", args=[dispatched.pk, "sign"]), {})
    assert "/step-up/" not in answer.get("Location", "")


def test_programs_workers_and_a_city_without_it_are_not_asked(
    cast: Cast, dispatched: Case, settings: Any
) -> None:
    settings.STEP_UP = False
    client = signed_in(cast.handler)
    before = state_of(dispatched)
    client.post(reverse("matters:case-action", args=[dispatched.pk, "sign"]), {"key": "k"})
    assert state_of(dispatched) != before
    settings.STEP_UP = True
    other = make.dispatched(cast)
    perform(cast.handler, case_id=other.pk, action="sign", data={})  # no request runs


def test_machine_gets_the_demand(cast: Cast, dispatched: Case) -> None:
    client = signed_in(cast.handler)
    url = f"/api/v1/cases/{dispatched.number}/actions/sign/"
    answer = client.post(url, {"data": {}}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "step_up_required")
    assert answer.json()["data"]["level"] == 2


def test_reading_personal_data_asks_as_the_matter_says(
    cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STEP_UP = True
    settings.STEP_UP_ACTS = {"personal.reveal": {"level": 0}}
    case = make.registered(cast)
    body = with_trust(case.version.body, reveal_level=2, reveal_minutes=10)
    client = signed_in(cast.acceptor)
    url = reverse("matters:form-reveal", args=[case.pk])
    assert client.post(url, {"purpose": "核对"}).status_code == 200
    monkeypatch.setitem(parsing._parsed, case.version_id, parsing.parse(body))
    assert "/step-up/" in client.post(url, {"purpose": "核对"}).url
    assert services.reveal_form(cast.acceptor, case_id=case.pk, purpose="核对") == []


# --- Designing ---


def test_checked_at_publishing(cast: Cast) -> None:
    body = with_trust(MatterVersion.objects.get(matter_type__code="hotline.demand").body)
    assert check(body, known_actions=known_actions()) == []
    assert definition_of(-1, body).actions["sign"].trust is not None
    parsing._parsed.pop(-1)
    wrong = with_trust(body, reveal_level=5, reveal_minutes=0)
    automatic = next(
        a
        for a in wrong["actions"]
        if {wrong["actors"][w]["reach"] for w in a["who"]} <= {"system", "reporter"}
    )
    automatic["trust"] = TRUST
    told = [str(problem) for problem in check(wrong, known_actions=known_actions())]
    assert len(told) == 3
    assert any("不由工作人员执行" in text for text in told)
    body["actions"][0]["trust"] = {"level": 9, "minutes": 0}
    assert any("超出范围" in p for p in check(body, known_actions=known_actions()))


def test_studio_form_writes_and_reads_it(cast: Cast) -> None:
    body = MatterVersion.objects.get(matter_type__code="hotline.demand").body
    row = next(a for a in body["actions"] if a["code"] == "sign")
    around = Surroundings(body=body, kind="operation")
    given = {**row, "sources": row["from"], "trust_level": "3", "trust_minutes": ""}
    form = ActionForm(given, around=around, before=row)
    assert form.is_valid(), form.errors
    assert form.row()["trust"] == {"level": 3, "minutes": 30}
    again = ActionForm(around=around, before=form.row())
    assert again.initial["trust_level"] == "3"
    form = ActionForm({**given, "trust_level": ""}, around=around, before=form.row())
    assert form.is_valid()
    assert "trust" not in form.row()
    assert words.trust_words({"level": 3, "minutes": 30}) == "3 级，30 分钟内"


def test_guide_tells_citizens(cast: Cast) -> None:
    body = MatterVersion.objects.get(matter_type__code="hotline.demand").body
    assert content_of(body).trust == []
    told = content_of(with_trust(body, reveal_level=3)).trust
    assert len(told) == 2
    assert "3 级" in told[1]


def test_only_whoever_sits_there_is_asked(cast: Cast, settings: Any, rf: Any) -> None:
    settings.STEP_UP = True
    request = rf.get("/")
    request.user, request.session = cast.handler, SessionStore()
    trust = TrustDef(2, 30)
    with request_context(request):
        require_to_act(SYSTEM, trust)
        require_to_act(cast.acceptor, trust)
        with pytest.raises(StepUpRequired):
            require_to_act(cast.handler, trust)
