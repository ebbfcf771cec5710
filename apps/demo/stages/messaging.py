"""Citizens of the demo city who write: accounts of every channel, and some conversations in each.

Where the far ends run (``settings.DEMO_STATIONS``, ``manage.py message_platforms``) the WeChat
account and the 110 line speak with them; elsewhere what goes out stands in the conversation only.
"""

import uuid
from datetime import datetime, timedelta

from django.conf import settings

from apps.accounts.models import Organization, User
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.demo import platforms
from apps.hotline.models import Line
from apps.matters.models import Case
from apps.messaging.enums import IntakeRule
from apps.messaging.models import ChannelAccount, Conversation
from apps.messaging.registry import Incoming, LineWord
from apps.messaging.services import (
    AccountSpec,
    answer,
    hand_over,
    prepare_desk,
    receive,
    save_account,
    save_template,
    take_word,
)

FAR = f"http://{platforms.HOME}:{platforms.PORT}"
#: Code, name, channel, rule, class.
ACCOUNTS = (
    ("wechat-main", "市民热线公众号", "wechat", IntakeRule.KEYWORD, ""),
    ("sms-main", "短信 12345", "sms", IntakeRule.BY_HAND, ""),
    ("mail-main", "热线信箱", "email", IntakeRule.EVERY, ""),
    ("app-main", "城市云脑 App", "app", IntakeRule.BY_HAND, ""),
    ("police-110", "110 非警务联动", "line", IntakeRule.BY_HAND, ""),
    ("community", "社区服务热线", "community", IntakeRule.BY_HAND, ""),
)
#: Account, outsider, name, minutes ago, words.
WRITTEN = (
    ("wechat-main", "oDemo-aa01", "李晓梅", 190, "反映：小区西门外的井盖松动，车一过就响。"),
    ("wechat-main", "oDemo-aa01", "李晓梅", 60, "今天又响了一夜😩，麻烦快点处理"),
    ("wechat-main", "oDemo-bb02", "周建军", 9, "办理居住证需要带什么材料？"),
    ("wechat-main", "oDemo-cc03", "", 2, "請問政務大廳周六上班嗎"),
    ("sms-main", "13800010001", "", 14, "楼下烧烤店半夜还在营业，油烟很大"),
    ("sms-main", "13800010002", "", 6, "谢谢，路灯已经修好了"),
    ("mail-main", "wang.fang@mail.example", "王芳", 260, "公交站台的座椅坏了三个，请修。"),
    ("mail-main", "noreply@shop.example", "", 30, "自动回复：我正在休假。"),
    ("app-main", "demo-1", "赵强", 4, "我的诉求什么时候有人联系我？"),
)  # fmt: skip
TEMPLATES = (
    ("问候", "您好，我是市民热线坐席，请问有什么可以帮您？"),
    ("请补地点", "请告诉我们具体位置，例如路名、门牌或附近的标志。"),
    ("已转办", "您反映的问题已登记并转承办单位，办理进度会在此通知您。"),
)


def load_messaging(*, unit_code: str, agent: User, until: datetime) -> int:
    """Will open the accounts, have citizens write and some be answered; gives the conversations.

    The 110 line gives a ticket and gets one. Who waits, waits for whoever tries the demo.
    """
    unit = Organization.objects.get(code=unit_code)
    with clock.at(until - timedelta(days=1)):
        accounts = {row[0]: _open(unit, *row) for row in ACCOUNTS}
        for title, text in TEMPLATES:
            save_template(SYSTEM, unit=unit, title=title, text=text)
    for number, (code, outsider, name, minutes, text) in enumerate(WRITTEN):
        at = until - timedelta(minutes=minutes)
        with clock.at(at):
            letter = Incoming(
                f"demo-{number}", outsider, text, at, name=name,
                is_automatic=outsider.startswith("noreply"),
            )  # fmt: skip
            receive(accounts[code], letter)
    _answer(accounts["sms-main"], agent, until - timedelta(minutes=5))
    _with_lines(accounts["police-110"], agent, until)
    return Conversation.objects.filter(account__unit=unit).count()


def _open(
    unit: Organization, code: str, name: str, channel: str, rule: str, class_code: str
) -> ChannelAccount:
    lives = settings.DEMO_STATIONS and channel in ("wechat", "line")
    sender = {"wechat": "wechat", "line": "line"}[channel] if lives else "simulator"
    options = {
        "wechat": {"api_base": FAR, "app_id": platforms.APP_ID},
        "line": {"url": f"{FAR}/line/words"},
    }
    secrets = {
        "wechat": {"token": platforms.TOKEN, "app_secret": platforms.APP_SECRET},
        "line": {"inbound": platforms.LINE_SECRET, "outbound": platforms.LINE_SECRET},
        "community": {"inbound": platforms.LINE_SECRET},
        "sms": {"inbound": platforms.LINE_SECRET},
    }
    return save_account(
        SYSTEM,
        spec=AccountSpec(
            code=code,
            name=name,
            channel=channel,
            sender=sender,
            unit=unit,
            line=Line.objects.filter(tenant=unit.tenant).first() if channel == "wechat" else None,
            options=options.get(channel, {}),
            secrets=secrets.get(channel, {}),
            intake_rule=rule,
            class_code=class_code,
            greeting="您好，这里是市民热线，请直接写下您的问题。" if channel == "wechat" else "",
        ),
    )


def _answer(account: ChannelAccount, agent: User, at: datetime) -> None:
    thanked = Conversation.objects.get(account=account, outsider="13800010002")
    asking = Conversation.objects.get(account=account, outsider="13800010001")
    with clock.at(at):
        answer(agent, conversation_id=thanked.pk, text="感谢您的反馈！", key=str(uuid.UUID(int=1)))
        if agent.has_perm("hotline.take_calls"):
            prepare_desk(agent, conversation_id=asking.pk)


def _with_lines(account: ChannelAccount, agent: User, until: datetime) -> None:
    with clock.at(until - timedelta(hours=3)):
        word = LineWord(
            provider_id="demo-ticket-1",
            kind="ticket",
            number="110-2026-0318",
            text="群众报称幸福路施工夜间噪声扰民，经核不属警情，请处理。",
            title="夜间施工噪声",
            at=until - timedelta(hours=3),
            reporter_name="群众",
            reporter_phone="13800010003",
        )
        take_word(account, word)
    running = Case.objects.filter(
        tenant=account.tenant, matter_type__code="hotline.demand", category="intake"
    )
    case = running.exclude(source_key__startswith="line:").order_by("-id").first()
    if case is not None:
        with clock.at(until - timedelta(minutes=50)):
            hand_over(agent, case_id=case.pk, account=account, reason="现场有人争执，请协助处置")
