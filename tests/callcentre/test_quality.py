"""Calls are drawn, judged, appealed against, compared; scripts are approved by a second one."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.callcentre.models import CallNote, Inspection, Leg, Sample, ScoreSheet, ScriptVersion
from apps.callcentre.selectors import quality
from apps.callcentre.selectors.scripts import desk_scripts
from apps.callcentre.services import (
    DrawSpec,
    ScriptSpec,
    appeal_score,
    draft_sheet,
    draw_sample,
    publish_sheet,
    rule_script,
    score_call,
    vote_script,
    write_script,
)
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.hotline.models import Call
from tests.callcentre.conftest import NINE, Centre
from tests.cast import ROLES, _person

pytestmark = pytest.mark.django_db
ITEMS = [
    {"code": "greet", "label": "问候规范", "weight": 40},
    {"code": "solve", "label": "解答准确", "weight": 60},
    {"code": "rude", "label": "无辱骂推诿", "fatal": True},
]
GOOD = {"greet": 40, "solve": 50, "rude": 1}
DAY = NINE.date()


def talked(centre: Centre, number: int, *, agent: int = 0, score: int | None = None) -> Call:
    who = centre.agents[agent]
    rang = NINE + number * timedelta(minutes=3)
    call = Call.objects.create(
        exchange_id=f"q-{number}", direction="in", state="ended", line=centre.line,
        agent=who.user, rang_at=rang, answered_at=rang, ended_at=rang + timedelta(seconds=90),
    )  # fmt: skip
    Leg.objects.create(
        call=call, agent=who, key=who.user.username, rang_at=rang, answered_at=rang,
        ended_at=call.ended_at, wrap_s=30,
    )  # fmt: skip
    if score is not None:
        CallNote.objects.create(call=call, score=score, scored_at=rang, scored_agent=who)
    return call


@pytest.fixture
def sheet(centre: Centre) -> ScoreSheet:
    draft = draft_sheet(centre.inspector, tenant=centre.cast.tenant, name="话务评分", items=ITEMS)
    return publish_sheet(centre.leader, sheet_id=draft.pk)


def draw(centre: Centre, **changes: Any) -> Sample:
    values: dict[str, Any] = {
        "name": "抽查", "way": "random", "first": DAY, "last": DAY, "size": 4, "seed": "abc",
    }  # fmt: skip
    spec = DrawSpec(**(values | changes))
    return draw_sample(centre.inspector, tenant=centre.cast.tenant, spec=spec)


def drawn(sample: Sample) -> list[str]:
    return sorted(sample.inspections.values_list("call__exchange_id", flat=True))


def test_the_same_seed_draws_the_same_calls(centre: Centre, sheet: ScoreSheet) -> None:
    for number in range(12):
        talked(centre, number, agent=number % 2, score=1 if number == 5 else None)
    one, again, other = draw(centre), draw(centre), draw(centre, seed="xyz")
    assert drawn(one) == drawn(again) != drawn(other)
    assert (one.population, len(drawn(one))) == (12, 4)
    assert drawn(draw(centre, way="low_score")) == ["q-5"]
    by_agent = draw(centre, way="agent", agent=centre.agents[1], size=50)
    assert {i.agent for i in by_agent.inspections.all()} == {centre.agents[1]}
    with pytest.raises(Refused, match="没有符合条件"):
        draw(centre, way="keyword", keyword="井盖")
    with pytest.raises(InvalidInput) as refused:
        draw(centre, way="keyword")
    assert refused.value.field == "keyword"


def test_a_score_is_appealed_and_ruled_by_another(centre: Centre, sheet: ScoreSheet) -> None:
    talked(centre, 1)
    second = _person("inspector2", "宋核", "quality_inspector", centre.cast.center)
    third = _person("inspector3", "唐准", "quality_inspector", centre.cast.center)
    inspection = draw(centre).inspections.get()
    agent = centre.agents[0].user
    assert list(quality.list_inspections(agent)) == []  # not before it is judged
    first = score_call(centre.inspector, inspection_id=inspection.pk, kind="first", points=GOOD)
    assert first.total == 90
    assert list(quality.list_inspections(agent)) == [inspection]
    assert list(quality.list_inspections(centre.agents[1].user)) == []
    with pytest.raises(NotFound):
        appeal_score(centre.agents[1].user, inspection_id=inspection.pk, words="不同意")
    appeal_score(agent, inspection_id=inspection.pk, words="问候完整，请复听")
    with pytest.raises(Refused):
        appeal_score(agent, inspection_id=inspection.pk, words="再申诉一次")
    with pytest.raises(NotAllowed):
        score_call(
            centre.inspector, inspection_id=inspection.pk, kind="second", points=GOOD, comment="同"
        )
    fatal = GOOD | {"rude": 0}
    score_call(second, inspection_id=inspection.pk, kind="second", points=fatal, comment="有推诿")
    inspection.refresh_from_db()
    assert (inspection.total, inspection.is_fatal, inspection.state) == (0, True, "closed")
    score_call(third, inspection_id=inspection.pk, kind="calibration", points=GOOD)
    inspection.refresh_from_db()
    assert inspection.total == 0  # calibration counts nowhere
    assert [score.kind for score in quality.scores_of(agent, inspection)] == ["first", "second"]
    agreed = {(a.one, a.other): (a.alike, a.apart) for a in quality.agreements(centre.leader)}
    assert agreed["严明", "唐准"] == (1.0, 0.0)
    assert agreed["严明", "宋核"] == (pytest.approx(2 / 3), 90.0)


def test_nobody_judges_the_own_call_and_sheets_need_two(centre: Centre, sheet: ScoreSheet) -> None:
    talked(centre, 1)
    inspection = draw(centre).inspections.get()
    role = centre.inspector.appointments.get().post.roles.get()
    agent = centre.agents[0].user
    agent.appointments.get().post.roles.add(role)
    agent = type(agent).objects.get(pk=agent.pk)
    with pytest.raises(NotAllowed, match="自己接听"):
        score_call(agent, inspection_id=inspection.pk, kind="first", points=GOOD)
    for wrong in (centre.stranger, centre.agents[1].user.__class__.objects.get(username="handler")):
        with pytest.raises(NotAllowed):
            score_call(wrong, inspection_id=inspection.pk, kind="first", points=GOOD)
    for points in ({}, GOOD | {"greet": 41}, GOOD | {"solve": -1}, GOOD | {"rude": 2}):
        with pytest.raises(InvalidInput) as refused:
            score_call(centre.inspector, inspection_id=inspection.pk, kind="first", points=points)
        assert refused.value.field == "points"
    assert not inspection.scores.exists()
    with pytest.raises(InvalidInput, match="合计 100"):
        draft_sheet(centre.inspector, tenant=centre.cast.tenant, name="错", items=ITEMS[:1])
    draft = draft_sheet(centre.inspector, tenant=centre.cast.tenant, name="二", items=ITEMS)
    with pytest.raises(NotAllowed):
        publish_sheet(centre.inspector, sheet_id=draft.pk)
    publish_sheet(centre.leader, sheet_id=draft.pk)
    sheet.refresh_from_db()
    assert sheet.state == "retired"


def test_inspection_goes_through_its_pages(
    centre: Centre, sheet: ScoreSheet, client: Client
) -> None:
    talked(centre, 1)
    client.force_login(centre.inspector)
    posted = client.post(
        reverse("callcentre:samples"),
        {"name": "周查", "way": "random", "first": DAY, "last": DAY, "size": 5},
    )
    assert posted.status_code == 302
    pk = Inspection.objects.get().pk
    page = reverse("callcentre:inspection", args=[pk])
    values = {f"item_{code}": value for code, value in GOOD.items()}
    assert client.post(page, values | {"item_greet": 99}).status_code == 422
    assert client.post(page, values | {"comment": "<script>alert(1)</script>"}).status_code == 302
    client.force_login(centre.agents[0].user)
    own = client.get(page).content.decode()
    assert "90 分" in own
    assert "<script>alert" not in own
    assert "提交申诉" in own
    for user, status in (
        (centre.agents[1].user, 404), (centre.stranger, 404), (centre.cast.handler, 403),
    ):  # fmt: skip
        client.force_login(user)
        assert client.get(page).status_code == status
    client.force_login(centre.leader)
    for name in ("inspections", "samples", "sheets", "quality-export", "roster-export"):
        assert client.get(reverse(f"callcentre:{name}")).status_code == 200


def test_a_script_is_approved_by_a_second_one_and_shown(centre: Centre, client: Client) -> None:
    ROLES.setdefault("scribe", ["callcentre.write_scripts", "callcentre.approve_scripts"])
    scribe = _person("scribe", "文编", "scribe", centre.cast.center)
    tenant, agent = centre.cast.tenant, centre.agents[0].user
    spec = ScriptSpec("停水安抚", "集中停水", "您好，正在抢修。", line=centre.line)
    first = write_script(scribe, tenant=tenant, spec=spec)
    assert desk_scripts(agent, line_id=centre.line.pk) == []
    with pytest.raises(NotAllowed, match="自己"):
        rule_script(scribe, version_id=first.pk, agrees=True)
    with pytest.raises(NotAllowed):
        rule_script(centre.stranger, version_id=first.pk, agrees=True)
    rule_script(centre.leader, version_id=first.pk, agrees=True)
    with pytest.raises(Refused, match="没有变化"):
        write_script(scribe, tenant=tenant, spec=spec, script_id=first.script_id)
    longer = ScriptSpec("停水安抚", "集中停水", "您好，预计两小时恢复。", line=centre.line)
    second = write_script(scribe, tenant=tenant, spec=longer, script_id=first.script_id)
    assert desk_scripts(agent, line_id=centre.line.pk) == [first]
    rule_script(centre.leader, version_id=second.pk, agrees=True)
    assert desk_scripts(agent, line_id=centre.line.pk) == [second]
    assert desk_scripts(agent, line_id=None) == []
    assert desk_scripts(centre.stranger, line_id=centre.line.pk) == []
    vote_script(agent, version_id=second.pk, is_useful=False)
    vote_script(agent, version_id=second.pk, is_useful=True)
    with pytest.raises(NotFound):
        vote_script(centre.stranger, version_id=second.pk, is_useful=True)
    assert ScriptVersion.objects.get(pk=second.pk).votes.get().is_useful
    client.force_login(centre.leader)
    assert "有用 1，没用 0" in client.get(reverse("callcentre:scripts")).content.decode()
