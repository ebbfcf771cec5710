"""Single words a citizen can steer with: bind, agree, undo, progress, stop, by which channel.

A word counts only where it is the whole message; everything else is what it says.
"""

import re
import unicodedata
from collections.abc import Callable

from django.utils.translation import gettext as _

from apps.matters.definition import definition_of
from apps.matters.enums import Channel
from apps.messaging.enums import MessageKind, NoticeWay
from apps.messaging.models import Conversation, Message
from apps.messaging.selectors.cases import cases_of
from apps.messaging.services import binding
from apps.messaging.services.preferences import choose_way, resume, stop
from apps.messaging.services.sending import order

SHOWN = 3
LONGEST = 40
Answer = Callable[[Conversation, str], str]


def obey(conversation: Conversation, message: Message) -> bool:
    """Will do what a word of command says and answer it; False for any other message.

    The conversation is locked by the caller.
    """
    text = unicodedata.normalize("NFKC", message.text).strip().rstrip("。.!！").strip()
    if not text or len(text) > LONGEST or message.files.exists():
        return False
    for pattern, answer in _WORDS:
        found = pattern.fullmatch(text)
        if found is None:
            continue
        said = answer(conversation, found.group(1) if pattern.groups else "")
        if said:
            kind = MessageKind.REPLY
            order(conversation, kind=kind, text=said, key=f"command:{message.pk}")
        return True
    return False


def _stop(conversation: Conversation, _given: str) -> str:
    stop(conversation)
    return ""


def _resume(conversation: Conversation, _given: str) -> str:
    if not conversation.has_stopped:
        return _help(conversation, "")
    resume(conversation)
    return _("已恢复接收通知。回复“退订”可再次停止。")


def _bind(conversation: Conversation, phone: str) -> str:
    if conversation.account.channel != Channel.WECHAT:
        return _("此渠道无需绑定电话。")
    return binding.ask(conversation, phone=phone)


def _agree(conversation: Conversation, code: str) -> str:
    return binding.agree(conversation, code=code)


def _unbind(conversation: Conversation, _given: str) -> str:
    return binding.undo(conversation)


def _choose(way: NoticeWay) -> Answer:
    def chosen(conversation: Conversation, _given: str) -> str:
        if not conversation.phone:
            return _("请先绑定电话：回复“绑定 手机号码”。")
        choose_way(
            tenant_id=conversation.account.tenant_id,
            phone=conversation.phone,
            way=way,
            told_by=conversation,
        )
        return _("今后的办理进度将由%(way)s通知您。") % {"way": way.label}

    return chosen


def _progress(conversation: Conversation, _given: str) -> str:
    lines = []
    for case in cases_of(conversation)[:SHOWN]:
        definition = definition_of(case.version_id, case.version.body)
        state = definition.state(case.state).public_label
        lines.append(f"{case.number} {state}")
    if not lines:
        return _("没有查到您的诉求。用电话反映过的，请先回复“绑定 手机号码”。")
    return _("您最近的诉求：\n%(lines)s") % {"lines": "\n".join(lines)}


def _help(conversation: Conversation, _given: str) -> str:
    return _(
        "请直接写下您的问题，工作人员会答复。也可回复：进度（查询办理进度）、"
        "绑定 手机号码（接收进度）、解绑、短信通知、微信通知、退订。"
    )


_WORDS: tuple[tuple[re.Pattern[str], Answer], ...] = (
    (re.compile(r"退订|退訂|TD|T|STOP|UNSUBSCRIBE", re.IGNORECASE), _stop),
    (re.compile(r"恢复通知|恢復通知|START", re.IGNORECASE), _resume),
    (re.compile(r"(?:绑定|綁定)\s*([\d\s\-+]{7,20})"), _bind),
    (re.compile(r"同意\s*(\d{6})"), _agree),
    (re.compile(r"解绑|解綁|取消绑定"), _unbind),
    (re.compile(r"短信通知"), _choose(NoticeWay.SMS)),
    (re.compile(r"微信通知"), _choose(NoticeWay.WECHAT)),
    (re.compile(r"进度|進度|查询进度|办理进度"), _progress),
    (re.compile(r"帮助|幫助|\?|help", re.IGNORECASE), _help),
)
