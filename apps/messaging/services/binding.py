"""An account outside tied to a phone: a code goes to the phone, the citizen agrees with it (HL-06).

Until the code comes back with the word of consent nothing is tied. Everything here runs with the
conversation locked by the caller; refusals are words for the citizen, never errors.
"""

import hmac
import secrets
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.common import clock, ratelimit
from apps.common.errors import TooMany
from apps.common.masking import mask_phone
from apps.hotline import phones
from apps.matters.actors import Reporter
from apps.messaging.enums import NoticeWay
from apps.messaging.models import Binding, Conversation
from apps.messaging.services.preferences import choose_way
from apps.notices import services as notices

DIGITS, LIFE, TRIES_MOST = 6, timedelta(minutes=10), 5
CODES_PER_HOUR = 5
HOUR = 3600
CITIZEN = Reporter(case_id=0)


def ask(conversation: Conversation, *, phone: str) -> str:
    """Will send a code to the phone and give what the citizen is told.

    A binding begun before is void. At most five codes an hour, per phone and per conversation.
    """
    number = phones.parse(phone)
    if not number or not number.startswith("1") or len(number) != 11:
        return _("认不出手机号码，请回复“绑定 13812345678”这样的格式。")
    if number == conversation.phone:
        return _("您已绑定此号码。")
    try:
        for whose in (f"conversation:{conversation.pk}", f"phone:{number}"):
            ratelimit.hit("messaging.code", whose, limit=CODES_PER_HOUR, per_seconds=HOUR)
    except TooMany:
        return _("验证码发送过于频繁，请一小时后再试。")
    moment = clock.now()
    _open(conversation).update(ended_at=moment, code_digest="")
    made = Binding.objects.create(conversation=conversation, phone=number, asked_at=moment)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    made.code_digest = _digest(code, made.pk)
    made.save(update_fields=["code_digest"])
    tenant = conversation.account.tenant
    notices.send_sms(
        to=number,
        text=_("【%(body)s热线】绑定验证码 %(code)s，10分钟内有效。非本人操作请忽略。")
        % {"body": tenant.name, "code": code},
        key=f"messaging:binding:{made.pk}",
    )
    return _("验证码已发到 %(phone)s。%(consent)s如同意，请回复“同意 验证码”。") % {
        "phone": mask_phone(number),
        "consent": consent_words(),
    }


def agree(conversation: Conversation, *, code: str) -> str:
    """Will tie the phone where the code is right and in time; five wrong ones end it. Audited."""
    made = _open(conversation).select_for_update().exclude(code_digest="").first()
    moment = clock.now()
    if made is None or made.asked_at < moment - LIFE:
        return _("没有有效的验证码，请回复“绑定 手机号码”重新获取。")
    if not constant_time_compare(_digest(code, made.pk), made.code_digest):
        made.tries += 1
        if made.tries >= TRIES_MOST:
            made.ended_at, made.code_digest = moment, ""
        made.save(update_fields=["tries", "ended_at", "code_digest"])
        return _("验证码不正确。")
    made.code_digest, made.consent, made.consent_at = "", consent_words(), moment
    made.save(update_fields=["code_digest", "consent", "consent_at"])
    _tie(conversation, made.phone)
    choose_way(
        tenant_id=conversation.account.tenant_id,
        phone=made.phone,
        way=NoticeWay.WECHAT,
        told_by=conversation,
    )
    return _("已绑定 %(phone)s，办理进度将在此通知您。回复“解绑”可随时解除。") % {
        "phone": mask_phone(made.phone)
    }


def undo(conversation: Conversation) -> str:
    """Will untie the phone; progress goes to it by SMS again. Audited."""
    phone = conversation.phone
    found = _open(conversation).filter(consent_at__isnull=False)
    if not phone or not found.exists():
        return _("您没有绑定电话。")
    found.update(ended_at=clock.now())
    _tie(conversation, "")
    choose_way(
        tenant_id=conversation.account.tenant_id,
        phone=phone,
        way=NoticeWay.SMS,
        told_by=conversation,
    )
    return _("已解除绑定，今后的进度将以短信通知。")


def consent_words() -> str:
    """Will give what a citizen agrees to."""
    return _("绑定后，本账号可查看该号码名下诉求的进度并接收通知。")


def _open(conversation: Conversation) -> QuerySet[Binding]:
    return Binding.objects.filter(conversation=conversation, ended_at=None)


def _tie(conversation: Conversation, phone: str) -> None:
    before = mask_phone(conversation.phone)
    conversation.phone = phone
    conversation.save(update_fields=["phone"])
    audit.record(
        CITIZEN,
        "conversation.bound" if phone else "conversation.unbound",
        object_type="messaging.conversation",
        object_id=conversation.pk,
        object_label=conversation.account.name,
        data=audit.changes({"phone": before}, {"phone": mask_phone(phone)}),
    )


def _digest(code: str, row_id: int) -> str:
    key = f"citybrain.messaging.binding:{settings.SECRET_KEY}".encode()
    return hmac.new(key, f"{row_id}:{code}".encode(), sha256).hexdigest()
