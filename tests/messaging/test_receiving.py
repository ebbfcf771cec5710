"""What citizens write is kept once, whole, and understood only where it is certain."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.matters.models import Case, Evaluation
from apps.matters.services import perform
from apps.messaging.models import Conversation, Message, Preference, Wait
from apps.messaging.registry import Incoming, IncomingFile
from apps.messaging.services import receive
from apps.notices.models import Delivery
from tests.cast import Cast
from tests.hotline.citizen.conftest import picture
from tests.matters.factories import ACCEPT, CALL_BACK, act, dispatch_data, feed_back_data
from tests.messaging.factories import OPENID, PHONE, account, write

pytestmark = pytest.mark.django_db
REPORT = "反映：解放路与和平路路口的井盖松动，车辆经过时声音很大。"


def replies() -> list[str]:
    """Will give what went out, oldest first."""
    return list(
        Message.objects.filter(direction="out").order_by("id").values_list("text", flat=True)
    )


def test_a_message_waits_for_an_agent_once(cast: Cast, live: str) -> None:
    to = account(cast, greeting="您好，这里是市民热线。")
    incoming = Incoming("m-1", OPENID, "路灯什么时候修？", clock.now())
    first, again = receive(to, incoming), receive(to, incoming)
    assert again.repeated
    assert first.message == again.message
    conversation = Conversation.objects.get()
    assert (conversation.state, conversation.agent) == ("waiting", None)
    assert Wait.objects.get().since == conversation.waiting_since
    assert replies() == ["您好，这里是市民热线。"]


@pytest.mark.parametrize(
    "text",
    [
        "😀👩‍👩‍👧‍👦 𠮷野家 䶮 字",
        "井蓋壞了,请尽快处理,謝謝",
        "水" * 4000,
        "a\u202eb\u200d\ufeff <script>",
    ],
)
def test_what_was_written_is_kept_whole(cast: Cast, live: str, text: str) -> None:
    assert write(account(cast), text).message.text == text  # type: ignore[union-attr]


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(min_size=1, max_size=200).filter(str.strip))
def test_no_text_is_refused(cast: Cast, settings: Any, text: str) -> None:
    settings.MESSAGES_PER_MINUTE = 1000
    to = account(cast) if not Conversation.objects.exists() else Conversation.objects.get().account
    found = write(to, text)
    assert found.message is not None
    assert found.message.text == text.replace("\x00", "")


def test_nothing_and_nobody_are_refused(cast: Cast, live: str) -> None:
    to = account(cast)
    with pytest.raises(InvalidInput) as nothing:
        write(to, "  ")
    with pytest.raises(InvalidInput) as nobody:
        write(to, "在吗", outsider=" ")
    assert (nothing.value.field, nobody.value.field) == ("text", "outsider")


def test_a_keyword_makes_a_demand_and_all_words_come_back_that_way(
    cast: Cast, live: str, django_capture_on_commit_callbacks: Any
) -> None:
    to = account(cast, intake_rule="keyword", class_code="road.manhole")
    with django_capture_on_commit_callbacks(execute=True):
        message = write(to, REPORT, files=(IncomingFile("井盖.jpg", picture().read()),)).message
        case = Case.objects.get()
        act(cast.acceptor, case, "accept", ACCEPT | {"note": "内部:此人常来"})
        act(cast.supervisor, case, "remark", {"note": "内部备注"})
    assert message is not None
    assert (case.channel, case.text) == ("wechat", REPORT.removeprefix("反映："))
    assert (message.case, case.attachment_count) == (case, 1)
    assert not Wait.objects.exists()
    told = replies()
    assert len(told) == 2
    assert case.number in told[0]
    assert "已受理" in told[1]
    assert not any("内部" in text for text in told)
    assert not Delivery.objects.exists()


def test_an_addition_answers_the_question_and_a_figure_scores_the_result(
    cast: Cast, live: str
) -> None:
    to = account(cast, intake_rule="keyword", class_code="road.manhole")
    write(to, REPORT)
    case = Case.objects.get()
    act(cast.acceptor, case, "ask_to_complete", {"question": "请说明具体位置"})
    write(to, "在解放路12号门前")
    case.refresh_from_db()
    assert case.state == "registered"
    assert case.events.get(action="complete").data["addition"] == "在解放路12号门前"
    act(cast.acceptor, case, "accept", ACCEPT)
    act(cast.dispatcher, case, "dispatch", dispatch_data(cast))
    act(cast.handler, case, "sign", {})
    act(cast.handler, case, "feed_back", feed_back_data())
    perform(cast.callback, case_id=case.pk, action="call_back", data=CALL_BACK)
    write(to, "4")
    write(to, "5")
    assert [row.score for row in Evaluation.objects.filter(source="citizen")] == [4]
    assert Conversation.objects.get().state == "waiting"  # the second figure means nothing certain


def test_more_about_one_case_stands_beside_it_and_about_two_waits(cast: Cast, live: str) -> None:
    to = account(cast, intake_rule="keyword")
    write(to, REPORT)
    more = write(to, "今天又有一辆车压到了").message
    assert more is not None
    assert more.case == Case.objects.get()
    assert Conversation.objects.get().state == "waiting"
    write(to, "投诉：小区门口的早点摊占道经营，无法通行。")
    unclear = write(to, "还没有人来看").message
    assert unclear is not None
    assert unclear.case is None


def test_a_flood_is_counted_told_once_and_nobody_is_muted(
    cast: Cast, live: str, settings: Any
) -> None:
    settings.MESSAGES_PER_MINUTE = 3
    to = account(cast)
    with clock.at(clock.now()):
        found = [write(to, "骂人的话" if n else "在吗") for n in range(8)]
    assert [one.refused for one in found] == [False] * 3 + [True] * 5
    conversation = Conversation.objects.get()
    assert (conversation.refused_count, conversation.muted_until) == (5, None)
    assert len([text for text in replies() if "过于频繁" in text]) == 1


def test_a_phone_is_bound_by_code_and_consent_and_unbound(cast: Cast, live: str) -> None:
    to = account(cast)
    write(to, "绑定 138-1234-5678")
    code = Delivery.objects.get().text.split("验证码 ")[1][:6]
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    write(to, f"同意{wrong}")
    assert Conversation.objects.get().phone == ""
    write(to, f"同意 {code}")
    conversation = Conversation.objects.get()
    assert conversation.phone == PHONE
    assert conversation.bindings.get().consent_at is not None
    assert Preference.objects.get().way == "wechat"
    write(to, f"同意 {code}")
    write(to, "解绑")
    conversation.refresh_from_db()
    assert (conversation.phone, Preference.objects.get().way) == ("", "sms")
    assert "138****5678" in replies()[0]
    assert not any(PHONE in text or code in text for text in replies())
    entry = AuditEntry.objects.get(action="conversation.bound")
    assert entry.data["after"]["phone"] == "138****5678"


def test_a_code_ends_after_ten_minutes_and_five_wrong_ones(cast: Cast, live: str) -> None:
    to = account(cast)
    write(to, f"绑定 {PHONE}")
    code = Delivery.objects.get().text.split("验证码 ")[1][:6]
    with clock.at(clock.now() + timedelta(minutes=11)):
        write(to, f"同意 {code}")
    for _turn in range(5):
        write(to, f"同意 {(int(code) + 7) % 10**6:06d}")
    write(to, f"同意 {code}")
    assert Conversation.objects.get().phone == ""


def test_who_chose_wechat_gets_no_text_message(
    cast: Cast, live: str, django_capture_on_commit_callbacks: Any
) -> None:
    from tests.hotline.factories import demand

    to = account(cast)
    write(to, f"绑定 {PHONE}")
    write(to, f"同意 {Delivery.objects.get().text.split('验证码 ')[1][:6]}")
    case = demand(cast)
    assert Delivery.objects.count() == 1
    assert case.number in replies()[-1]
    write(to, "短信通知")
    demand(cast, title="又一件")
    assert Delivery.objects.count() == 2
    write(to, "进度")
    assert case.number in replies()[-1]


def test_stop_ends_all_a_program_says(cast: Cast, live: str) -> None:
    from tests.hotline.factories import demand

    to = account(cast, channel="sms")
    write(to, "ＴＤ。")
    demand(cast)
    assert Conversation.objects.get().has_stopped
    assert Preference.objects.get().way == "none"
    assert not Delivery.objects.exists()
    assert replies() == []
    write(to, "恢复通知")
    demand(cast, title="又一件")
    assert Delivery.objects.count() == 1


def test_files_that_cannot_be_kept_are_named_with_the_reason(cast: Cast, live: str) -> None:
    to = account(cast)
    files = (
        IncomingFile("现场.jpg", picture().read()),
        IncomingFile("安装.exe", b"MZ\x90\x00" + b"\0" * 64),
        IncomingFile("资料.zip", refused="locked"),
    )
    message = write(to, "请看照片", files=files).message
    assert message is not None
    assert [one.name for one in message.files.all()] == ["现场.jpg"]
    assert message.refused == [
        {"name": "安装.exe", "reason": "kind"},
        {"name": "资料.zip", "reason": "locked"},
    ]
    assert "安装.exe（不支持的文件类型）" in replies()[0]
