"""The ways out and in, spoken with the far ends over the wire: WeChat, another hotline, IMAP."""

import io
import zipfile
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from django.core import mail

from apps.common import clock
from apps.demo import platforms
from apps.matters.models import Case
from apps.messaging.adapters import line, wechat
from apps.messaging.adapters.mail import parse
from apps.messaging.models import ChannelAccount, Conversation, Message
from apps.messaging.registry import AdapterError, Outgoing, Reach
from apps.messaging.services import answer, deliver_due, read_mailboxes
from tests.cast import Cast
from tests.hotline.citizen.conftest import picture
from tests.matters.factories import act
from tests.messaging.factories import account, agent

pytestmark = pytest.mark.django_db
WORDS = Outgoing("openid-1", "您的诉求已受理。😀", "message-1")


@pytest.fixture
def platform(settings: Any, live: str) -> Iterator[tuple[platforms.Platform, Reach]]:
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    with platforms.platform() as (made, address):
        options = {"api_base": address, "app_id": platforms.APP_ID, "template_id": "t-1"}
        yield made, Reach("gzh", options, {"app_secret": platforms.APP_SECRET})


def test_the_access_token_is_kept_and_asked_for_anew_once(
    platform: tuple[platforms.Platform, Reach],
) -> None:
    made, reach = platform
    assert wechat.send(reach, WORDS) == "1"
    wechat.send(reach, WORDS)
    assert len(made.tokens) == 1
    made.end_token()
    wechat.send(reach, WORDS)
    assert len(made.tokens) == 3
    assert made.sent[0]["text"] == {"content": WORDS.text}


def test_a_template_goes_where_the_time_for_messages_is_over(
    platform: tuple[platforms.Platform, Reach],
) -> None:
    made, reach = platform
    late = Outgoing(platforms.TOO_LATE, "已办结。", "message-2")
    wechat.send(reach, late)
    assert [one["kind"] for one in made.sent] == ["template"]
    with pytest.raises(AdapterError) as final:
        wechat.send(Reach("gzh", {**reach.options, "template_id": ""}, reach.secrets), late)
    assert not final.value.retryable


def test_an_address_not_listed_is_never_called(
    platform: tuple[platforms.Platform, Reach], settings: Any
) -> None:
    made, reach = platform
    settings.OUTGOING_HOSTS = []
    with pytest.raises(AdapterError):
        wechat.send(reach, WORDS)
    assert made.tokens == []


def test_another_hotline_believes_signed_tickets_and_numbers_them_once(
    platform: tuple[platforms.Platform, Reach],
) -> None:
    made, reach = platform
    url = f"{reach.options['api_base']}/line/words"
    ticket = Outgoing("110", "占道", "message-3", data={"kind": "ticket", "number": "2026-1"})
    signed = Reach("police", {"url": url}, {"outbound": platforms.LINE_SECRET})
    assert line.send(signed, ticket) == line.send(signed, ticket) == "110-000001"
    assert made.tickets["message-3"]["number"] == "2026-1"
    with pytest.raises(AdapterError) as refused:
        line.send(Reach("police", {"url": url}, {"outbound": "whsec_d3Jvbmc="}), ticket)
    assert not refused.value.retryable


# --- E-mail ---------------------------------------------------------------------------------


def letter(text: str = "路灯不亮，请派人来修。", **heads: str) -> EmailMessage:
    """Will write a letter of a citizen."""
    made = EmailMessage()
    plain = {
        "From": "张三 <Zhang.San@example.com>",
        "To": "12345@city.example",
        "Subject": "路灯不亮",
        "Message-ID": "<m1@example.com>",
        "Date": "Fri, 20 Nov 2026 09:00:00 +0800",
    }
    for name, value in (plain | {k.replace("_", "-"): v for k, v in heads.items()}).items():
        made[name] = value
    made.set_content(text)
    return made


@pytest.fixture
def box(cast: Cast, settings: Any, live: str) -> Iterator[tuple[platforms.Letters, ChannelAccount]]:
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with platforms.mailbox() as (letters, port):
        options = {
            "host": "127.0.0.1", "port": port, "tls": False, "user": "12345",
            "address": "12345@city.example",
        }  # fmt: skip
        made = account(
            cast, "email", sender="mail", options=options, secrets={"password": "p"},
            intake_rule="every", class_code="road.manhole",
        )  # fmt: skip
        yield letters, made


def test_letters_are_demands_and_answers_join_them(
    cast: Cast, box: tuple[platforms.Letters, ChannelAccount]
) -> None:
    letters, _account = box
    letters.put(letter().as_bytes())
    letters.put(b"no letter at all")
    assert read_mailboxes() == 1
    assert read_mailboxes() == 0
    assert letters.flags == {1: {"\\Seen"}, 2: {"\\Seen", "\\Flagged"}}
    case = Case.objects.get()
    assert (case.channel, case.title) == ("email", "路灯不亮")
    act(cast.acceptor, case, "ask_to_complete", {"question": "哪条路？"})
    deliver_due()
    asked = mail.outbox[-1]
    assert asked.to == ["zhang.san@example.com"]
    assert asked.extra_headers["In-Reply-To"] == "<m1@example.com>"
    assert asked.extra_headers["Auto-Submitted"] == "auto-generated"
    quoted = "和平路。\n\n在 2026年11月20日，市民热线 写道：\n> 请补充：哪条路？"
    number = asked.extra_headers["Message-ID"]
    letters.put(letter(quoted, Message_ID="<m2@example.com>", In_Reply_To=number).as_bytes())
    read_mailboxes()
    assert case.events.get(action="complete").data["addition"] == "和平路。"
    assert Case.objects.count() == 1


def test_programs_are_never_answered(
    cast: Cast, box: tuple[platforms.Letters, ChannelAccount]
) -> None:
    letters, _account = box
    for number, heads in enumerate(
        (
            {"Auto_Submitted": "auto-replied"},
            {"Precedence": "bulk"},
            {"Return_Path": "<>"},
            {"From": "MAILER-DAEMON@example.com"},
        )
    ):
        letters.put(letter("外出", **({"Message_ID": f"<a{number}@x>"} | heads)).as_bytes())
    assert read_mailboxes() == 4
    assert deliver_due() == 0
    assert not Case.objects.exists()
    assert {one.state for one in Conversation.objects.all()} == {"closed"}
    assert {one.kind for one in Message.objects.all()} == {"automatic"}


def test_an_agent_answers_a_letter_as_a_letter(
    cast: Cast, box: tuple[platforms.Letters, ChannelAccount]
) -> None:
    letters, to = box
    ChannelAccount.objects.filter(pk=to.pk).update(intake_rule="by_hand")
    letters.put(letter().as_bytes())
    read_mailboxes()
    conversation = Conversation.objects.get()
    answer(agent(cast), conversation_id=conversation.pk, text="明天修。", key="k")
    assert deliver_due() == 1
    sent = mail.outbox[0]
    assert (sent.subject, sent.body) == ("答复：路灯不亮", "明天修。")
    assert "Auto-Submitted" not in sent.extra_headers


def test_forty_attachments_and_what_hides_among_them() -> None:
    made = letter("请看附件")
    locked = io.BytesIO()
    with zipfile.ZipFile(locked, "w") as packed:
        packed.writestr("a.txt", "x")
    content = bytearray(locked.getvalue())
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        at = content.index(mark) + (6 if mark[2] == 3 else 8)
        content[at] |= 1
    made.add_attachment(bytes(content), maintype="application", subtype="zip", filename="密.zip")
    for number in range(70):
        made.add_attachment(
            picture().read(), maintype="image", subtype="jpeg", filename=f"{number}.jpg"
        )
    made.add_attachment(letter("里面还有一封"))
    found = parse(made.as_bytes(), at=clock.now())
    assert found.files[0].refused == "locked"
    assert [one.refused for one in found.files[1:60]] == [""] * 59
    assert {one.refused for one in found.files[60:]} == {"too_many"}
    assert len(found.files) == 72
    assert found.text == "请看附件"


def test_html_letters_are_words_only() -> None:
    made = letter()
    made.set_content(
        "<html><head><style>p{}</style><script>alert(1)</script></head><body><p>路灯&nbsp;不亮</p>"
        "<img src='http://tracker.example/x.gif'><a href='javascript:x'>现场</a></body></html>",
        subtype="html",
    )
    found = parse(made.as_bytes(), at=clock.now())
    assert found.text == "路灯 不亮\n现场"
    assert found.outsider == "zhang.san@example.com"
