"""A citizen changes telephone: the new one proved by a code, the person by something else.

Whoever only has the signed-in device must not take the account along: besides the code sent to
the new number it takes a code sent to the old one, or, where the old one is lost, the face
compared with the authority's picture. AC-04.
"""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.common import clock, ratelimit
from apps.common.errors import InvalidInput, Refused
from apps.common.masking import mask_phone
from apps.notices import services as notices
from apps.residents.actors import citizen
from apps.residents.enums import LIVING, AccountState, CodePurpose, EndReason
from apps.residents.errors import SignInRefused
from apps.residents.identity_numbers import clean_phone
from apps.residents.models import FormerPhone, PublicAccount, PublicToken
from apps.residents.services.checks import check_face
from apps.residents.services.codes import take_code
from apps.residents.services.sessions import end_tokens

CHANGES_PER_DAY = 5  # tries, not only what succeeds
DAY_S = 86_400


def change_phone(
    session: PublicToken, *, phone: str, code: str, old_code: str = "", photo: Any = None
) -> PublicAccount:
    """Will give the account another telephone; the other devices are signed out.

    code: sent to the new number by ``request_code`` for this purpose; old_code: to the present
    one; photo: of the face, for whoever has lost the old one and is known by name. Codes are
    used up, right or wrong ones counted, before anything is refused. The old number is told.
    Locks the account.

    Raises: InvalidInput (phone; neither old_code nor photo); SignInRefused (a code);
        CheckFailed, Refused (face: see ``check_face``); Refused (another account has the
        number, told only to who holds it; the account is no longer open); TooMany.
    """
    number = clean_phone(phone)
    account = session.account
    if number == account.phone:
        raise InvalidInput(_("新手机号与现在的相同"), field="phone")
    if not old_code and photo is None:
        raise InvalidInput(_("请填写原手机收到的验证码，或做人像核验"), field="old_code")
    key = str(account.pk)
    ratelimit.hit("residents.phone", key, limit=CHANGES_PER_DAY, per_seconds=DAY_S)
    _take(session, phone=number, code=code, field="code")
    if old_code:
        _take(session, phone=account.phone, code=old_code, field="old_code")
    else:
        check_face(session, photo=photo)
    return _change(session, number, proof="old_phone" if old_code else "face")


@transaction.atomic
def _change(session: PublicToken, number: str, *, proof: str) -> PublicAccount:
    account = PublicAccount.objects.select_for_update().get(pk=session.account_id)
    if account.state != AccountState.ACTIVE:
        raise Refused(_("账户已不能使用，请联系市民热线"))
    taken = PublicAccount.objects.filter(
        tenant_id=account.tenant_id, phone=number, state__in=LIVING
    )
    if taken.exists():
        raise Refused(_("该手机号已有账户，请到窗口办理合并"), field="phone")
    moment, old = clock.now(), account.phone
    last = account.former_phones.order_by("-pk").first()
    taken_at = last.left_at if last is not None else account.created_at
    before = audit.snapshot(account, "phone")
    FormerPhone.objects.create(account=account, phone=old, taken_at=taken_at, left_at=moment)
    account.phone = number
    account.save(update_fields=["phone"])
    others = PublicToken.objects.filter(account=account).exclude(pk=session.pk)
    ended = end_tokens(others, EndReason.OWNER)
    text = _("【%(body)s】您的账户手机号已改为%(phone)s。如非本人操作，请立即联系市民热线。")
    notices.send_sms(
        to=old,
        text=text % {"body": account.tenant.name, "phone": mask_phone(number)},
        key=f"residents:phone:{account.pk}:{moment:%Y%m%d%H%M%S%f}",
    )
    audit.record(
        citizen(account),
        "public_account.phone_changed",
        object_type="residents.account",
        object_id=account.pk,
        object_label=str(account),
        data={
            "proof": proof,
            "sessions": ended,
            **audit.changes(before, audit.snapshot(account, "phone")),
        },
    )
    return account


def _take(session: PublicToken, *, phone: str, code: str, field: str) -> None:
    """Commits what a wrong code counts before it refuses."""
    with transaction.atomic():
        taken = take_code(session.client, phone=phone, code=code, purpose=CodePurpose.PHONE_CHANGE)
        if not taken.is_right:
            audit.record(
                citizen(session.account),
                "public_account.phone_refused",
                object_type="residents.account",
                object_id=session.account_id,
                object_label=str(session.account),
                data={"why": taken.why, "field": field},
            )
    if not taken.is_right:
        raise SignInRefused(_("验证码不正确或已失效，请核对或重新获取"), field=field)
