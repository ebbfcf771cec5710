"""Which person a browser belongs to: a telephone confirmed by a code, or a proven receipt.

One telephone is one person of a city, by whatever door they come: the code of these pages, the
receipt of a report (``hotline.citizen.proof``), or a public account's token. What is kept of
them beside a vote or an answer is a keyed digest. Nothing is written until a code is right, so
that no account is made of somebody who only wants to vote.
"""

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant
from apps.audit import services as audit
from apps.common import ratelimit
from apps.common.errors import InvalidInput
from apps.common.masking import mask_phone
from apps.hotline.citizen import proof
from apps.hotline.models import Demand
from apps.notices import services as notices
from apps.residents.identity_numbers import clean_phone

COOKIE, SALT, CODE_SALT = "cb_phone", "opinions.phone", "opinions.code"
COOKIE_SECONDS = 2 * 3600
CODE_SECONDS, PAUSE_SECONDS, HOUR = 300, 60, 3600
DIGITS, TRIES_MOST = 6, 5


@dataclass(frozen=True)
class Participant:
    """key: what is kept of the person. phone: 11 digits, to answer to; never shown whole."""

    key: str
    phone: str = ""


def key_of(tenant_id: int, kind: str, value: str) -> str:
    """Will give the digest of a phone, receipt or link within a city: 64 hexadecimal digits."""
    said = f"{tenant_id}:{kind}:{value}"
    return salted_hmac("opinions.person", said, algorithm="sha256").hexdigest()


def by_phone(tenant_id: int, phone: str) -> Participant:
    """Will give the person who holds a telephone."""
    return Participant(key_of(tenant_id, "phone", phone), phone)


def participant_of(request: HttpRequest, tenant: Tenant) -> Participant | None:
    """Will give the person behind a browser, None while nobody is confirmed."""
    phone = _confirmed(request, tenant) or _of_receipts(request, tenant)
    return by_phone(tenant.pk, phone) if phone else None


def _confirmed(request: HttpRequest, tenant: Tenant) -> str:
    try:
        held = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=COOKIE_SECONDS)
        city, phone = held
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(phone) if city == tenant.pk else ""


def _of_receipts(request: HttpRequest, tenant: Tenant) -> str:
    numbers = proof.granted(request)
    if not numbers:
        return ""
    found = Demand.objects.filter(case__number__in=numbers, case__tenant=tenant)
    phones = found.exclude(reporter_phone="").order_by("-id")
    return phones.values_list("reporter_phone", flat=True).first() or ""


def request_code(tenant: Tenant, *, phone: str, address: str) -> str:
    """Will send a code to a telephone and give the sealed challenge it answers.

    The challenge goes to the browser and back; the code cannot be read from it. Counts before
    anything is sent. Audited. Raises: InvalidInput (phone); TooMany (of this address, phone).
    """
    number = clean_phone(phone)
    per_address, per_phone = settings.PUBLIC_CODES_PER_ADDRESS, settings.PUBLIC_CODES_PER_PHONE
    ratelimit.hit("opinions.code.address", address, limit=per_address, per_seconds=HOUR)
    ratelimit.hit("opinions.code.pause", number, limit=1, per_seconds=PAUSE_SECONDS)
    ratelimit.hit("opinions.code.phone", number, limit=per_phone, per_seconds=HOUR)
    code, nonce = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}", secrets.token_hex(12)
    words = _("【%(body)s】手机确认码 %(code)s，5分钟内有效，用于参与意见征集、问卷和创意。")
    notices.send_sms(
        to=number, text=words % {"body": tenant.name, "code": code}, key=f"opinions:code:{nonce}"
    )
    audit.record(
        audit.SYSTEM,
        "opinions.code_sent",
        object_type="opinions.code",
        object_label=mask_phone(number),
    )
    sealed = [tenant.pk, number, nonce, _sealed(nonce, code)]
    return signing.dumps(sealed, salt=CODE_SALT)


def confirm(tenant: Tenant, *, challenge: str, code: str, address: str) -> Participant:
    """Will give the person who knows the code of a challenge.

    Raises: InvalidInput (field "code": wrong or too old, one sentence for both); TooMany
    (more than five tries of a challenge, or too many of the address).
    """
    ratelimit.hit("opinions.confirm.address", address, limit=60, per_seconds=HOUR)
    try:
        held = signing.loads(challenge, salt=CODE_SALT, max_age=CODE_SECONDS)
        city, phone, nonce, sealed = held
    except (signing.BadSignature, ValueError, TypeError):
        city, phone, nonce, sealed = None, "", "none", ""
    ratelimit.hit("opinions.confirm", str(nonce), limit=TRIES_MOST, per_seconds=HOUR)
    is_right = constant_time_compare(_sealed(str(nonce), code.strip()), str(sealed))
    if not is_right or city != tenant.pk:
        raise InvalidInput(_("确认码不正确或已失效，请核对或重新获取"), field="code")
    return by_phone(tenant.pk, str(phone))


def remember(
    request: HttpRequest, response: HttpResponse, tenant: Tenant, person: Participant
) -> None:
    """Will let this browser be the person for two hours."""
    response.set_cookie(
        COOKIE,
        signing.dumps([tenant.pk, person.phone], salt=SALT),
        max_age=COOKIE_SECONDS,
        path="/citizen/",
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def forget(response: HttpResponse) -> None:
    """Will end it: for telephones and computers others use too."""
    response.delete_cookie(COOKIE, path="/citizen/", samesite="Lax")
    proof.forget(response)


def _sealed(nonce: str, code: str) -> str:
    return salted_hmac(CODE_SALT, f"{nonce}:{code}", algorithm="sha256").hexdigest()
