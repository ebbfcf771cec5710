"""Codes by text message: the weakest of the second factors, and kept so.

The only writer of ``PhoneFactor`` and ``PhoneCode``. A code proves that somebody holds a number
now; numbers are lent, ported and read over a shoulder, and no cryptography stands behind them.
It therefore guards the door against a leaked password and is worth level 1: no sensitive act
of level 2 is opened by it, and it does not count where a role requires a second factor
(GB/T 22239-2019 8.1.4.1 d: one factor must use cryptography). Who holds a stronger factor is
never asked for a text message instead. Source: AC-03, AC-08.
"""

import hmac
import re
import secrets
from datetime import timedelta
from hashlib import sha256

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from apps.accounts.models import PhoneCode, PhoneFactor, User
from apps.accounts.signals import WordToPhone, word_to_phone
from apps.audit.services import Actor, record
from apps.common import clock, ratelimit
from apps.common.errors import InvalidInput, Refused
from apps.common.masking import mask_phone

METHOD = "sms"  # in the session's records, as ``levels.Method`` reads them
DIGITS = 6
GOOD_FOR = timedelta(minutes=5)
TRIES_MOST = 5  # of one code
PAUSE_S, HOUR_S = 60, 3600
SENT_PER_HOUR = 6  # to one account, and to one number
TRIED_PER_HOUR = 20  # by one number, whichever accounts it serves
_MOBILE = re.compile(r"1\d{10}")
Purpose = PhoneCode.Purpose


def find_factor(user: User) -> PhoneFactor | None:
    """Will give the telephone that receives this person's codes, if one was proved."""
    return PhoneFactor.objects.filter(user=user).first()


def send_enrolment_code(user: User) -> None:
    """Will send a code to the number in the person's file, to prove it receives codes.

    Raises: Refused (the file holds no mobile number); TooMany (this account or number).
    """
    if not _MOBILE.fullmatch(user.phone):
        raise Refused(
            _("您的档案里没有可接收短信的手机号，请先在个人信息中填写。"), code="no_phone"
        )
    _order(user, phone=user.phone, purpose=Purpose.ENROL)


def send_code(user: User) -> None:
    """Will send a code to the telephone that was proved.

    Raises: Refused (there is none); TooMany (this account or number).
    """
    factor = find_factor(user)
    if factor is None:
        raise Refused(_("您没有启用短信验证码。"), code="no_factor")
    _order(user, phone=factor.phone, purpose=Purpose.PROVE)


def enrol(user: User, *, code: str) -> PhoneFactor:
    """Will keep the number the code was sent to as this person's telephone. Locks the code.

    Raises: InvalidInput (wrong or too old; which of the two is not told); TooMany.
    """
    phone = _require_right(user, code=code, purpose=Purpose.ENROL)
    return _keep(user, phone)


def check(user: User, *, code: str) -> None:
    """Will use a code up. Locks it; a wrong one is counted and logged.

    Raises: InvalidInput (wrong or too old; which of the two is not told); TooMany.
    """
    _require_right(user, code=code, purpose=Purpose.PROVE)
    PhoneFactor.objects.filter(user=user).update(last_used_at=clock.now())
    _note(user, "second_factor.sms_confirmed", user)


@transaction.atomic
def remove(actor: Actor, *, user: User) -> int:
    """Will end the codes to a person's telephone and give how many there were, 0 or 1.

    Called by the person, and by what ends all access. Living codes end with it.
    """
    count = PhoneFactor.objects.filter(user=user).delete()[0]
    PhoneCode.objects.filter(user=user, ended_at__isnull=True).update(ended_at=clock.now())
    if count:
        _note(actor, "second_factor.sms_removed", user)
    return count


def note_use(request: HttpRequest, user: User, *, again: bool) -> None:
    """Will remember in the session that a code was right. again: it was open already."""
    record_authentication(request, user, "mfa", type=METHOD, reauthenticated=again or None)


def forget_old_codes() -> int:
    """Will drop the codes of yesterday and give their number."""
    before = clock.now() - timedelta(days=1)
    return PhoneCode.objects.filter(expires_at__lt=before).delete()[0]


def _order(user: User, *, phone: str, purpose: Purpose) -> None:
    """Counted before anything is written, so that a refusal counts too."""
    whose = str(user.pk)
    ratelimit.hit("factor.sms.pause", whose, limit=1, per_seconds=PAUSE_S)
    ratelimit.hit("factor.sms.account", whose, limit=SENT_PER_HOUR, per_seconds=HOUR_S)
    ratelimit.hit("factor.sms.phone", phone, limit=SENT_PER_HOUR, per_seconds=HOUR_S)
    try:
        _send(user, phone, purpose)
    except IntegrityError:  # the same person at the same moment: the other one was sent
        return


@transaction.atomic
def _send(user: User, phone: str, purpose: Purpose) -> None:
    moment = clock.now()
    PhoneCode.objects.filter(user=user, ended_at__isnull=True).update(ended_at=moment)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    row = PhoneCode.objects.create(
        user=user,
        purpose=purpose,
        phone=phone,
        created_at=moment,
        expires_at=moment + GOOD_FOR,
    )
    row.code_digest = _digest(code, row.pk)
    row.save(update_fields=["code_digest"])
    text = _("【城市云脑】验证码 %(code)s，用于%(purpose)s，5分钟内有效。请勿告诉任何人。")
    word = WordToPhone(
        phone=phone,
        text=text % {"code": code, "purpose": purpose.label},
        key=f"accounts:code:{row.pk}",
    )
    word_to_phone.send(sender=PhoneCode, event=word)
    _note(user, "second_factor.sms_sent", user, phone=mask_phone(phone), purpose=purpose.value)


def _require_right(user: User, *, code: str, purpose: Purpose) -> str:
    phone, why = _take(user, code, purpose)  # commits what it counted before this refuses
    if why:
        _note(user, "second_factor.sms_refused", user, why=why)
        raise InvalidInput(_("验证码不正确或已过期，可重新获取。"), field="code")
    return phone


@transaction.atomic
def _take(user: User, code: str, purpose: Purpose) -> tuple[str, str]:
    """Gives the number the code was sent to, and why it is not taken ("": it is)."""
    row = (
        PhoneCode.objects.select_for_update()
        .filter(user=user, purpose=purpose, ended_at__isnull=True)
        .first()
    )
    moment = clock.now()
    if row is None or moment >= row.expires_at:
        _matches(code, 0, "0" * 64)  # takes as long as for a live one
        return "", "no live code"
    ratelimit.hit("factor.sms.tries", row.phone, limit=TRIED_PER_HOUR, per_seconds=HOUR_S)
    if _matches(code, row.pk, row.code_digest):
        row.ended_at = moment
        row.save(update_fields=["ended_at"])
        return row.phone, ""
    row.tries += 1
    row.ended_at = moment if row.tries >= TRIES_MOST else None
    row.save(update_fields=["tries", "ended_at"])
    return "", "wrong code"


@transaction.atomic
def _keep(user: User, phone: str) -> PhoneFactor:
    factor, _made = PhoneFactor.objects.update_or_create(
        user=user, defaults={"phone": phone, "proved_at": clock.now()}
    )
    _note(user, "second_factor.sms_added", user, phone=mask_phone(phone))
    return factor


def _matches(code: str, row_id: int, kept: str) -> bool:
    return constant_time_compare(_digest(code, row_id), kept)


def _digest(code: str, row_id: int) -> str:
    key = f"citybrain.accounts.code:{settings.SECRET_KEY}".encode()
    return hmac.new(key, f"{row_id}:{code.strip()}".encode(), sha256).hexdigest()


def _note(actor: Actor, action: str, user: User, **data: str) -> None:
    record(
        actor,
        action,
        object_type="accounts.user",
        object_id=user.pk,
        object_label=user.display_name,
        data=data,
    )
