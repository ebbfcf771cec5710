"""Codes by text message: sent, and taken once. Called by the REST interface through sessions."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.common import clock, ratelimit
from apps.common.masking import mask_phone
from apps.gateway.models import ApiClient
from apps.notices import services as notices
from apps.residents.enums import CodePurpose
from apps.residents.identity_numbers import clean_phone
from apps.residents.models import SignInCode

DIGITS = 6
GOOD_FOR = timedelta(minutes=5)
TRIES_MOST = 5
PAUSE_S = 60  # between two codes to one phone
HOUR_S = 3600
CODES_PER_CLIENT = 20_000  # an hour: what a runaway client may cost


@dataclass(frozen=True)
class CodeSent:
    """The same for every phone. expires_in, next_in: seconds."""

    expires_in: int = int(GOOD_FOR.total_seconds())
    next_in: int = PAUSE_S


def request_code(
    client: ApiClient, *, phone: str, address: str, purpose: CodePurpose = CodePurpose.SIGN_IN
) -> CodeSent:
    """Will send a code to a telephone; the one sent before is void, whatever for. Audited.

    purpose: the message names it, and the code is good for nothing else.
    Says the same whether or not the phone has an account, a frozen one, or none. address: of
    the citizen as the client tells it, else of the client. Counts before anything is written,
    so a refusal counts too; an address has room for a hall full of people, a phone has not.

    Raises: InvalidInput (phone); TooMany (of this phone, address, client).
    """
    number = clean_phone(phone)
    _count(client, number, address)
    try:
        _send(client, number, purpose)
    except IntegrityError:  # the same phone at the same moment: the other one was sent
        return CodeSent()
    return CodeSent()


@dataclass(frozen=True)
class Taken:
    """Whether a code was right. why: for the log only."""

    is_right: bool
    why: str = ""


def take_code(client: ApiClient, *, phone: str, code: str, purpose: CodePurpose) -> Taken:
    """Will use a code up if it is right, else count a try; within the caller's transaction.

    Locks the live code of the phone, so of two at once only the first finds it. The caller
    must commit what this counted before it refuses. A code sent for another purpose is none.
    """
    row = (
        SignInCode.objects.select_for_update()
        .filter(
            tenant_id=client.tenant_id,
            client=client,
            phone=phone,
            purpose=purpose,
            ended_at__isnull=True,
        )
        .first()
    )
    moment = clock.now()
    if row is None or moment >= row.expires_at:
        _matches(code, 0, "0" * 64)  # takes as long as for a live one
        return Taken(False, "no live code")
    if _matches(code, row.pk, row.code_hash):
        row.ended_at = moment
        row.save(update_fields=["ended_at"])
        return Taken(True)
    row.tries += 1
    row.ended_at = moment if row.tries >= TRIES_MOST else None
    row.save(update_fields=["tries", "ended_at"])
    return Taken(False, "wrong code")


def _count(client: ApiClient, phone: str, address: str) -> None:
    per_address = settings.PUBLIC_CODES_PER_ADDRESS
    whose = f"{client.tenant_id}:{phone}"
    ratelimit.hit(
        "residents.code.client", str(client.pk), limit=CODES_PER_CLIENT, per_seconds=HOUR_S
    )
    ratelimit.hit("residents.code.address", address, limit=per_address, per_seconds=HOUR_S)
    ratelimit.hit("residents.code.pause", whose, limit=1, per_seconds=PAUSE_S)
    ratelimit.hit(
        "residents.code.phone", whose, limit=settings.PUBLIC_CODES_PER_PHONE, per_seconds=HOUR_S
    )


@transaction.atomic
def _send(client: ApiClient, phone: str, purpose: CodePurpose) -> None:
    moment = clock.now()
    live = SignInCode.objects.select_for_update().filter(
        tenant_id=client.tenant_id, phone=phone, ended_at__isnull=True
    )
    for earlier in live.order_by("pk"):
        earlier.ended_at = moment
        earlier.save(update_fields=["ended_at"])
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    row = SignInCode.objects.create(
        tenant_id=client.tenant_id,
        client=client,
        phone=phone,
        purpose=purpose,
        created_at=moment,
        expires_at=moment + GOOD_FOR,
    )
    row.code_hash = _hash(code, row.pk)
    row.save(update_fields=["code_hash"])
    notices.send_sms(
        to=phone,
        text=_wording(purpose) % {"body": client.tenant.name, "code": code},
        key=f"residents:code:{row.pk}",
    )
    audit.record(
        client,
        "public_code.sent",
        object_type="residents.code",
        object_id=row.pk,
        object_label=mask_phone(phone),
        data={"purpose": purpose},
    )


def _wording(purpose: CodePurpose) -> str:
    if purpose == CodePurpose.PHONE_CHANGE:
        return _(
            "【%(body)s】更换手机号验证码 %(code)s，5分钟内有效。请勿告诉他人，工作人员不会索要；"
            "如非本人操作，请联系市民热线。"
        )
    return _("【%(body)s】登录验证码 %(code)s，5分钟内有效。请勿告诉他人，工作人员不会索要。")


def _matches(code: str, row_id: int, kept: str) -> bool:
    return constant_time_compare(_hash(code, row_id), kept)


def _hash(code: str, row_id: int) -> str:
    key = f"citybrain.residents.code:{settings.SECRET_KEY}".encode()
    return hmac.new(key, f"{row_id}:{code.strip()}".encode(), sha256).hexdigest()
