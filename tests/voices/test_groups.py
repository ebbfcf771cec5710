"""One problem, many voices: joined, told apart, answered once, undone whole (TX-02)."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import clock, outbox
from apps.common.errors import DomainError, InvalidInput, NotAllowed, NotFound
from apps.hotline.statistics import selectors as statistics
from apps.matters.errors import ActionNotPossible
from apps.matters.models import Case, CaseLink, Task
from apps.nlp.duplicates import common_parts, cut_at
from apps.notices.models import Delivery
from apps.voices import selectors, services
from apps.voices.models import Voice, VoiceGroup
from tests.cast import Cast
from tests.hotline.factories import neighbour
from tests.matters import factories as matters
from tests.voices import factories as make

pytestmark = pytest.mark.django_db
ANSWER = "井盖已于今日更换并加固，感谢大家反映。"


def web(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_three_voices_are_handled_once_told_apart_and_scored_apart(cast: Cast) -> None:
    main, one, two = (make.voice(cast, n) for n in (1, 2, 3))
    make.handled(cast, main)
    group = make.joined(cast, main, one).group
    make.joined(cast, main, two)
    assert (
        services.join(cast.dispatcher, case_id=two.pk, main_id=main.pk, reason="又一次").group_id
        == group.pk
    )
    assert Voice.objects.count() == 2
    matters.act(
        cast.handler,
        main,
        "feed_back",
        matters.feed_back_data(result=f"赵1您好，{main.number}的井盖已更换，电话13900000001。"),
    )
    outbox.drain()
    for twin in (one, two):
        said = make.told(twin)[-1]
        assert twin.number in said
        assert main.number not in said
        assert "赵1" not in said
        assert "13900000001" not in said
        sent = Delivery.objects.filter(to=Case.objects.get(pk=twin.pk).demand.reporter_phone)
        assert any(said in message.text for message in sent)
    matters.act(cast.callback, main, "call_back", matters.CALL_BACK)
    outbox.drain()
    assert make.told(one)[-1] == "您反映的问题已办结。"
    for twin, score in ((one, "5"), (two, "1")):
        matters.act(matters.reporter(twin), twin, "evaluate", {"result_score": score})
    found = selectors.get_group(cast.dispatcher, pk=group.pk)
    assert [one.scored for one in found.voices] == [[5], [1]]
    assert Task.objects.filter(case__in=[one, two]).count() == 0


def test_nothing_is_scored_before_the_result_was_told(cast: Cast) -> None:
    main, twin = make.voice(cast, 1), make.voice(cast, 2)
    make.joined(cast, main, twin)
    with pytest.raises(ActionNotPossible, match="还没有告知"):
        matters.act(matters.reporter(twin), twin, "evaluate", {"result_score": "5"})


def test_undoing_gives_back_time_task_and_number_and_explains_what_was_told(cast: Cast) -> None:
    main, twin = make.voice(cast, 1), make.voice(cast, 2)
    make.handled(cast, main)
    before = make.handled(cast, twin)
    assert before.due_at is not None
    left = before.due_at - clock.now()
    voice = make.joined(cast, main, twin)
    matters.act(cast.handler, main, "feed_back", matters.feed_back_data())
    outbox.drain()
    with clock.at(clock.now() + timedelta(days=3)):
        gone = services.leave(cast.dispatcher, voice_id=voice.pk, reason="不是同一处")
        after = Case.objects.get(pk=twin.pk)
        assert (after.state, after.number) == ("handling", before.number)
        assert after.due_at is not None
        assert after.due_at - clock.now() > left - timedelta(minutes=1)
        assert after.answered_at is None
        assert Task.objects.get(case=twin).state == "running"
        assert gone.left_reason == "不是同一处"
        assert "不再适用" in make.told(after)[-1]
        assert not CaseLink.objects.exists()
        with pytest.raises(DomainError):
            services.leave(cast.dispatcher, voice_id=voice.pk, reason="再来一次")
        make.joined(cast, main, after)
    assert Voice.objects.filter(case=twin).count() == 2


def test_a_scored_result_is_not_undone(cast: Cast) -> None:
    main, twin = make.voice(cast, 1), make.voice(cast, 2)
    matters.act(cast.acceptor, main, "answer", {"answer": ANSWER, "class_code": "road.manhole"})
    voice = make.joined(cast, Case.objects.get(pk=main.pk), twin, answer=ANSWER)
    matters.act(matters.reporter(twin), twin, "evaluate", {"result_score": "2"})
    with pytest.raises(ActionNotPossible, match="评价"):
        services.leave(cast.dispatcher, voice_id=voice.pk, reason="不是同一处")


def test_a_late_voice_is_answered_at_once_by_one_click(cast: Cast) -> None:
    main, twin = make.voice(cast, 1), make.voice(cast, 2)
    matters.act(cast.acceptor, main, "answer", {"answer": ANSWER, "class_code": "road.manhole"})
    page = web(cast.dispatcher)
    shown = page.get(f"/voices/cases/{twin.pk}/").content.decode()
    assert "<mark>" in shown
    assert ANSWER in shown
    data = {"main": main.pk, "reason": "同一井盖", "answer": ""}
    refused = page.post(f"/voices/cases/{twin.pk}/", data)
    assert refused.status_code == 422
    assert "请填写给本案件反映人的答复" in refused.content.decode()
    done = page.post(f"/voices/cases/{twin.pk}/", data | {"answer": ANSWER})
    assert done.status_code == 302
    assert make.told(twin)[-1] == ANSWER
    voice = Voice.objects.get()
    assert voice.is_late
    assert voice.score is not None
    twin.refresh_from_db()
    assert (twin.state, twin.answered_at is not None) == ("merged", True)


def test_one_answer_goes_to_every_voice_under_its_own_number(cast: Cast) -> None:
    main, one, two = (make.voice(cast, n) for n in (1, 2, 3))
    make.handled(cast, main)
    group = make.joined(cast, main, one).group
    make.joined(cast, main, two)
    for wrong in ("", "  ", "长" * 1001):
        with pytest.raises(InvalidInput) as refused:
            services.save_answer(cast.dispatcher, group_id=group.pk, text=wrong)
        assert refused.value.field == "answer"
    with pytest.raises(NotAllowed):
        services.save_answer(cast.callback, group_id=group.pk, text=ANSWER)
    services.save_answer(cast.dispatcher, group_id=group.pk, text=ANSWER)
    assert ANSWER not in make.told(one)
    matters.act(cast.handler, main, "feed_back", matters.feed_back_data())
    outbox.drain()
    assert [make.told(twin)[-1] for twin in (one, two)] == [ANSWER, ANSWER]
    services.save_answer(cast.dispatcher, group_id=group.pk, text=ANSWER + "（更正）")
    services.save_answer(cast.dispatcher, group_id=group.pk, text=ANSWER + "（更正）")
    assert [make.told(twin).count(ANSWER + "（更正）") for twin in (one, two)] == [1, 1]
    entry = AuditEntry.objects.filter(action="voice_group.answered").latest("pk")
    assert entry.data["before"]["answer"] != entry.data["after"]["answer"]
    assert AuditEntry.objects.filter(action="voice_group.answered").count() == 2


def test_two_confidential_reports_never_show_one_to_the_other(cast: Cast) -> None:
    main = make.voice(cast, 1, is_secret=True, reporter_phone="13911112222", reporter_name="钱多多")
    twin = make.voice(cast, 2, is_secret=True, reporter_phone="13911112222", reporter_name="钱多多")
    make.handled(cast, main)
    proposal = selectors.propose_for(cast.dispatcher, twin)[0]
    assert not proposal.is_same_reporter
    group = make.joined(cast, main, twin).group
    matters.act(
        cast.handler, main, "feed_back", matters.feed_back_data(result="钱女士举报的仓库已查封。")
    )
    outbox.drain()
    matters.act(cast.callback, main, "call_back", matters.CALL_BACK)
    outbox.drain()
    said = " ".join(make.told(twin))
    assert main.number not in said
    assert "钱" not in said
    assert "仓库" not in said
    assert "已有办理结果" in said
    for viewer in (cast.supervisor, cast.callback, cast.dispatcher):
        shown = web(viewer).get(f"/voices/groups/{group.pk}/").content.decode()
        assert "钱" not in shown
        assert "13911112222" not in shown
    assert web(cast.handler).get(f"/voices/groups/{group.pk}/").status_code == 403
    assert web(cast.dispatcher_west).get(f"/voices/groups/{group.pk}/").status_code == 404


def test_what_cannot_be_one_group_is_refused_with_a_sentence(cast: Cast) -> None:
    main, one, two = (make.voice(cast, n) for n in (1, 2, 3))
    stranger = neighbour(cast)
    with pytest.raises(InvalidInput, match="自身"):
        make.joined(cast, main, main)
    voice = make.joined(cast, main, one)
    with pytest.raises(DomainError, match="作为主案件"):
        make.joined(cast, two, main)
    with pytest.raises(DomainError, match="已结束"):
        make.joined(cast, one, two)
    matters.act(cast.supervisor, two, "void", {"reason": "测试数据"})
    with pytest.raises(DomainError, match="已结束"):
        make.joined(cast, two, make.voice(cast, 4))
    with pytest.raises(NotFound):
        services.leave(stranger, voice_id=voice.pk, reason="x")
    with pytest.raises(NotFound):
        services.join(stranger, case_id=one.pk, main_id=main.pk, reason="x")
    with pytest.raises(NotFound):
        services.save_answer(stranger, group_id=voice.group_id, text="x")
    with pytest.raises(NotAllowed):
        services.leave(cast.supervisor, voice_id=voice.pk, reason="x")


def test_a_case_others_still_help_with_is_not_merged_away(cast: Cast) -> None:
    main, twin = make.voice(cast, 1), make.voice(cast, 2)
    make.handled(cast, twin)
    data = {"units": [cast.west_works.pk], "instruction": "请协助", "days": 2}
    matters.act(cast.dispatcher, twin, "assist", data)
    with pytest.raises(ActionNotPossible, match="西区城市管理局"):
        make.joined(cast, main, twin)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(moves=st.lists(st.integers(0, 2), min_size=1, max_size=6))
def test_joining_and_undoing_in_any_order_keeps_both_counts_right(
    cast: Cast, moves: list[int]
) -> None:
    if not Case.objects.exists():
        for number in range(4):
            make.voice(cast, number)
    main, *twins = Case.objects.order_by("pk")
    outside: set[int] = {t.pk for t in twins}
    for move in moves:
        twin = twins[move]
        if twin.pk in outside:
            make.joined(cast, main, twin)
            outside.discard(twin.pk)
        else:
            voice = Voice.objects.get(case=twin, left_at=None)
            services.leave(cast.dispatcher, voice_id=voice.pk, reason="再看看")
            outside.add(twin.pk)
        both = selectors.count_both_ways(Case.objects.all())
        assert (both.voices, both.problems) == (4, 1 + len(outside))
        assert Voice.objects.filter(left_at=None).count() == 3 - len(outside)
    for voice in Voice.objects.filter(left_at=None):
        services.leave(cast.dispatcher, voice_id=voice.pk, reason="清空")
    assert selectors.count_both_ways(Case.objects.all()).problems == 4
    assert set(Case.objects.values_list("state", flat=True)) == {"registered"}


def test_statistics_count_voices_and_problems_and_open_the_rows(cast: Cast) -> None:
    main, one, two = (make.voice(cast, n) for n in (1, 2, 3))
    make.joined(cast, main, one)
    period = selectors.last_month(clock.today())
    reach = statistics.reach_of(cast.supervisor)
    shown = {figure.code: figure.value for figure in statistics.figures(reach, period)}
    merged = set(CaseLink.objects.values_list("source_id", flat=True))
    alive = [case for case in Case.objects.all() if case.pk not in merged]
    assert (shown["received"], shown["problems"]) == ("3", str(len(alive)))
    rows = statistics.list_rows(reach, period, statistics.RowFilter(kind="problems"))
    assert {case.pk for case in rows} == {main.pk, two.pk}


def test_the_pages_of_a_group(cast: Cast, django_assert_max_num_queries: Any) -> None:
    main, one, two = (make.voice(cast, n) for n in (1, 2, 3))
    group = make.joined(cast, main, one).group
    make.joined(cast, main, two)
    page = web(cast.dispatcher)
    with django_assert_max_num_queries(40):
        shown = page.get("/voices/groups/").content.decode()
    assert main.number in shown
    detail = page.get(f"/voices/groups/{group.pk}/").content.decode()
    assert "3 件诉求，1 个问题" in detail
    points = page.get(f"/voices/groups/{group.pk}/points/").json()
    assert len(points["features"]) == 3
    assert page.get("/voices/groups/export/").status_code == 200
    assert "3 件诉求" in page.get(f"/cases/{main.pk}/").content.decode()
    assert main.number in page.get(f"/cases/{one.pk}/").content.decode()
    voice = Voice.objects.get(case=one)
    assert page.post(f"/voices/groups/{group.pk}/voices/{voice.pk}/").status_code == 302
    assert Voice.objects.filter(case=one, left_at=None).exists()
    data = {"reason": "不是同一处"}
    page.post(f"/voices/groups/{group.pk}/voices/{voice.pk}/", data)
    assert not Voice.objects.filter(case=one, left_at=None).exists()
    wrong = page.post(f"/voices/groups/{group.pk}/answer/", {"answer": "长" * 1001})
    assert wrong.status_code == 422
    hints = web(cast.acceptor).post("/hotline/desk/hints/", {"text": make.TEXT, "title": "井盖"})
    assert "已有 2 件同类诉求合并办理" in hints.content.decode()
    assert not VoiceGroup.objects.exclude(pk=group.pk).exists()


@given(
    text=st.text(max_size=60), other=st.text(max_size=60), shared=st.text(min_size=3, max_size=12)
)
def test_marked_pieces_joined_are_the_text(text: str, other: str, shared: str) -> None:
    whole = text + shared
    pieces = cut_at(whole, common_parts(whole, other + shared))
    assert "".join(piece.text for piece in pieces) == whole
    assert all(a.is_common != b.is_common for a, b in pairwise(pieces))
