"""Citizens sign in through a client, are recognised at every request, and sign out."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.common import clock, ratelimit, tokens
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.gateway.models import ApiClient
from apps.residents import selectors
from apps.residents.actors import citizen
from apps.residents.checking import ExchangeFailed, mini_program_platform
from apps.residents.enums import LIVING, AccountState, CodePurpose, EndReason
from apps.residents.errors import AccountClosedOff, NotBound, SignInRefused
from apps.residents.identity_numbers import clean_phone
from apps.residents.models import MiniProgramBinding, PublicAccount, PublicToken, SignInCode
from apps.residents.services.codes import HOUR_S, take_code

logger = logging.getLogger(__name__)

USE_NOTED_EVERY = timedelta(minutes=5)
DEVICES_MOST = 20  # an account signed in on more ends the oldest
CODES_KEPT = timedelta(days=1)
TOKENS_KEPT = timedelta(days=180)
NAME_MAX = 60


@dataclass(frozen=True)
class Granted:
    """Signed in. token: shown once. is_new: the account was made by this sign-in."""

    token: str
    session: PublicToken
    is_new: bool = False


def sign_in_by_code(
    client: ApiClient, *, phone: str, code: str, device: str, address: str
) -> Granted:
    """Will sign in whoever holds the telephone, and make the account at the first time.

    The code must have been asked for by the same client. Counts a wrong try for good. Audited,
    refusals too. Locks the code, then the account.

    Raises: InvalidInput (phone); SignInRefused (wrong, expired or used code: one sentence for
        all); AccountClosedOff (told only after the right code); TooMany (of this address).
    """
    number = clean_phone(phone)
    _count_sign_in(address)
    with transaction.atomic():
        taken = take_code(client, phone=number, code=code, purpose=CodePurpose.SIGN_IN)
        granted = _enter(client, number, device) if taken.is_right else None
        if granted is None:
            why = taken.why or "account frozen"
            audit.record(
                client, "public_session.refused", object_type="residents.code", data={"why": why}
            )
    if not taken.is_right:
        raise SignInRefused(_("验证码不正确或已失效，请核对或重新获取"), field="code")
    if granted is None:
        raise _frozen()
    return granted


def sign_in_by_mini_program(client: ApiClient, *, code: str, device: str, address: str) -> Granted:
    """Will sign in the mini-program's user whom ``code`` names, if bound to an account.

    The code is exchanged outside a transaction.

    Raises: SignInRefused (the platform does not know the code); NotBound; AccountClosedOff;
        TooMany.
    """
    _count_sign_in(address)
    open_id = _exchange(client, code)
    with transaction.atomic():
        binding = (
            MiniProgramBinding.objects.filter(client=client, open_id=open_id)
            .select_related("account")
            .first()
        )
        account = _lock_living(binding.account_id) if binding is not None else None
        is_open = account is not None and account.state == AccountState.ACTIVE
        granted = _grant(client, account, device) if account is not None and is_open else None
    if account is None:
        raise NotBound(_("该小程序用户尚未绑定账户，请先用手机验证码登录再绑定"))
    if granted is None:
        raise _frozen()
    return granted


def bind_mini_program(session: PublicToken, *, code: str) -> MiniProgramBinding:
    """Will bind the mini-program's user to the signed-in account; again changes nothing.

    Raises: SignInRefused (the platform does not know the code); Refused (the user is bound to
        another account, which is not named). Audited.
    """
    open_id = _exchange(session.client, code)
    with transaction.atomic():
        binding, is_new = MiniProgramBinding.objects.get_or_create(
            client=session.client,
            open_id=open_id,
            defaults={"account": session.account, "bound_at": clock.now()},
        )
        if binding.account_id != session.account_id:
            raise Refused(_("该小程序用户已绑定其他账户，请先在原账户中解除或联系工作人员"))
        if is_new:
            audit.record(
                citizen(session.account),
                "mini_program.bound",
                object_type="residents.account",
                object_id=session.account_id,
                object_label=str(session.account),
                data={"client": session.client_id},
            )
    return binding


@transaction.atomic
def unbind_mini_program(session: PublicToken) -> None:
    """Will let the account's users of this client's mini-program go; again changes nothing.

    Audited.
    """
    gone = MiniProgramBinding.objects.filter(client=session.client, account=session.account)
    if gone.delete()[0]:
        audit.record(
            citizen(session.account),
            "mini_program.unbound",
            object_type="residents.account",
            object_id=session.account_id,
            object_label=str(session.account),
            data={"client": session.client_id},
        )


def require_session(client: ApiClient, token: str) -> PublicToken:
    """Will give the session a citizen's token belongs to, of this client only.

    Notes the use at most every five minutes. A token of another client is logged as an attempt.
    Raises: SignInRefused (unknown, ended, expired, of another client, account not open: one
        sentence for all).
    """
    found = (
        PublicToken.objects.filter(token_hash=tokens.digest(token))
        .select_related("account__tenant", "client", "acting_for")
        .first()
    )
    why = "unknown" if found is None else _why_not(found, client)
    if found is None or why:
        if found is not None:
            logger.warning("citizen's token refused", extra={"token": found.pk, "why": why})
        if why == "of another client":
            audit.record(
                client, "public_session.refused", object_type="residents.token", data={"why": why}
            )
        raise SignInRefused(_("登录已失效，请重新登录"))
    moment = clock.now()
    if moment - found.last_used_at > USE_NOTED_EVERY:
        found.last_used_at = moment
        PublicToken.objects.filter(pk=found.pk).update(last_used_at=moment)
    return found


@transaction.atomic
def end_own_session(session: PublicToken, *, session_id: int) -> None:
    """Will sign the owner out on one device; a second time changes nothing. Audited.

    Raises: NotFound (not there, or somebody else's).
    """
    found = PublicToken.objects.filter(pk=session_id, account_id=session.account_id)
    if not found.exists():
        raise NotFound(_("没有这个登录设备"))
    if end_tokens(found, EndReason.OWNER):
        audit.record(
            citizen(session.account),
            "public_session.ended",
            object_type="residents.token",
            object_id=session_id,
            object_label=str(session.account),
        )


@transaction.atomic
def choose_acting(session: PublicToken, *, legal_person_id: int | None) -> PublicToken:
    """Will let the citizen act for a legal person on this device; None: for oneself. Audited.

    Raises: NotFound (no legal person this account may act for today).
    """
    locked = PublicToken.objects.select_for_update().get(pk=session.pk)
    choices = selectors.acting_choices(session.account)
    chosen = next((c.legal_person for c in choices if c.legal_person.pk == legal_person_id), None)
    if legal_person_id is not None and chosen is None:
        raise NotFound(_("您现在不能代表该法人办事"))
    before = audit.snapshot(locked, "acting_for")
    locked.acting_for = chosen
    locked.save(update_fields=["acting_for"])
    audit.record(
        citizen(session.account),
        "public_session.acting_chosen",
        object_type="residents.token",
        object_id=locked.pk,
        object_label=chosen.name if chosen else "",
        data={
            "legal_person": legal_person_id,
            **audit.changes(before, audit.snapshot(locked, "acting_for")),
        },
    )
    return locked


@transaction.atomic
def state_name(session: PublicToken, *, name: str) -> PublicAccount:
    """Will note the name the owner states, as long as no authority has confirmed one. Audited.

    Raises: InvalidInput (name); Refused (checked names stay).
    """
    stated = name.strip()
    if not 0 < len(stated) <= NAME_MAX:
        raise InvalidInput(_("姓名应为1至%s个字") % NAME_MAX, field="name")
    account = PublicAccount.objects.select_for_update().get(pk=session.account_id)
    if account.is_real_name:
        raise Refused(_("姓名已实名核验，不能自行修改"))
    if account.name != stated:
        before = audit.snapshot(account, "name")
        account.name = stated
        account.save(update_fields=["name"])
        changed = audit.changes(before, audit.snapshot(account, "name"), names=("name",))
        _record(account, "public_account.name_stated", **changed)
    return account


def end_tokens(found: QuerySet[PublicToken], reason: EndReason) -> int:
    """Will end those of these sessions that are open and give their number."""
    return found.filter(ended_at__isnull=True).update(ended_at=clock.now(), end_reason=reason)


def purge() -> int:
    """Will drop codes a day old and sessions that ended or expired half a year ago."""
    moment = clock.now()
    codes = SignInCode.objects.filter(created_at__lt=moment - CODES_KEPT).delete()[0]
    old = PublicToken.objects.filter(expires_at__lt=moment - TOKENS_KEPT)
    return codes + old.delete()[0]


# --- Parts -------------------------------------------------------------------------------


def _count_sign_in(address: str) -> None:
    limit = settings.PUBLIC_CODES_PER_ADDRESS * 5
    ratelimit.hit("residents.sign_in.address", address, limit=limit, per_seconds=HOUR_S)


def _frozen() -> AccountClosedOff:
    return AccountClosedOff(_("账户已冻结，请联系市民热线或到窗口核实身份"))


def _exchange(client: ApiClient, code: str) -> str:
    try:
        return mini_program_platform().open_id(client_key=str(client.pk), code=code.strip())
    except ExchangeFailed as error:
        raise SignInRefused(_("小程序登录凭证无效或平台暂不可用，请重试"), field="code") from error


def _enter(client: ApiClient, phone: str, device: str) -> Granted | None:
    """Signs the holder of a phone in; None where the account is frozen."""
    account, is_new = _account_of(client, phone)
    if account.state != AccountState.ACTIVE:
        return None
    return _grant(client, account, device, is_new=is_new)


def _account_of(client: ApiClient, phone: str) -> tuple[PublicAccount, bool]:
    """The living account of a phone, locked, or a new one; its code is locked by the caller."""
    found = (
        PublicAccount.objects.select_for_update()
        .filter(tenant_id=client.tenant_id, phone=phone, state__in=LIVING)
        .first()
    )
    if found is not None:
        return found, False
    moment = clock.now()
    account = PublicAccount.objects.create(
        tenant_id=client.tenant_id, phone=phone, created_at=moment, proofed_at=moment
    )
    _record(account, "public_account.opened")
    return account, True


def _lock_living(account_id: int) -> PublicAccount | None:
    return PublicAccount.objects.select_for_update().filter(pk=account_id, state__in=LIVING).first()


def _grant(
    client: ApiClient, account: PublicAccount, device: str, *, is_new: bool = False
) -> Granted:
    moment = clock.now()
    token = tokens.new_token()
    _make_room(account, moment)
    session = PublicToken.objects.create(
        account=account,
        client=client,
        token_hash=tokens.digest(token),
        device=device.strip()[:80],
        created_at=moment,
        last_used_at=moment,
        expires_at=moment + timedelta(days=settings.PUBLIC_TOKEN_DAYS),
    )
    account.last_seen_at = moment
    account.save(update_fields=["last_seen_at"])
    audit.record(
        citizen(account),
        "public_session.began",
        object_type="residents.account",
        object_id=account.pk,
        object_label=str(account),
        data={"client": client.pk, "session": session.pk},
    )
    return Granted(token, session, is_new)


def _make_room(account: PublicAccount, moment: datetime) -> None:
    open_now = PublicToken.objects.filter(
        account=account, ended_at__isnull=True, expires_at__gt=moment
    )
    beyond = list(open_now.order_by("-id").values_list("pk", flat=True)[DEVICES_MOST - 1 :])
    if beyond:
        end_tokens(PublicToken.objects.filter(pk__in=beyond), EndReason.OWNER)


def _why_not(found: PublicToken, client: ApiClient) -> str:
    if found.client_id != client.pk:
        return "of another client"
    if found.ended_at is not None:
        return "ended"
    if clock.now() >= found.expires_at:
        return "expired"
    if found.account.state != AccountState.ACTIVE:
        return "account not open"
    return ""


def _record(account: PublicAccount, action: str, **changed: Any) -> None:
    audit.record(
        citizen(account),
        action,
        object_type="residents.account",
        object_id=account.pk,
        object_label=str(account),
        data=changed,
    )
