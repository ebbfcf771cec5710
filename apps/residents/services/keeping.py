"""What staff do to an account: freeze, thaw, close, end sessions, show. And closing one's own."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.residents import identity_numbers, permissions, selectors
from apps.residents.actors import Citizen, citizen
from apps.residents.enums import AccountState, AgencyState, EndReason, PersonState
from apps.residents.models import (
    Agency,
    LegalPerson,
    MiniProgramBinding,
    PublicAccount,
    PublicToken,
    SignInCode,
)
from apps.residents.services.sessions import end_tokens

REASON_MIN, REASON_MAX = 2, 200


@dataclass(frozen=True)
class Revealed:
    """A person unmasked; id_number "" where none was checked."""

    name: str
    phone: str
    id_number: str


@transaction.atomic
def freeze_account(actor: User, *, account_id: int, reason: str) -> PublicAccount:
    """Will stop an account from being used: its sessions end at once. Audited. Locks it.

    Raises: NotFound; NotAllowed; InvalidInput (reason); Refused (not active).
    """
    account = _lock(actor, account_id)
    why = clean_reason(reason)
    _require_state(account, AccountState.ACTIVE)
    _move(account, AccountState.FROZEN, why)
    _end_access(account, EndReason.FROZEN)
    _record(actor, "public_account.frozen", account, why)
    return account


@transaction.atomic
def unfreeze_account(actor: User, *, account_id: int, reason: str) -> PublicAccount:
    """Will let a frozen account be used again; its owner signs in anew. Audited. Locks it.

    Raises: NotFound; NotAllowed; InvalidInput (reason); Refused (not frozen).
    """
    account = _lock(actor, account_id)
    why = clean_reason(reason)
    _require_state(account, AccountState.FROZEN)
    _move(account, AccountState.ACTIVE, why)
    _record(actor, "public_account.unfrozen", account, why)
    return account


@transaction.atomic
def close_account(actor: User, *, account_id: int, reason: str) -> PublicAccount:
    """Will end an account for good and free its phone; see ``_close``. Audited. Locks it.

    Raises: NotFound; NotAllowed; InvalidInput (reason); Refused (ended before, or it still
        represents a legal person).
    """
    account = _lock(actor, account_id)
    why = clean_reason(reason)
    _close(actor, account, why)
    return account


@transaction.atomic
def close_own_account(session: PublicToken) -> PublicAccount:
    """Will end the signed-in citizen's account for good. Audited. Locks it.

    Raises: Refused (it still represents a legal person).
    """
    account = PublicAccount.objects.select_for_update().get(pk=session.account_id)
    _close(citizen(account), account, _("本人注销"))
    return account


@transaction.atomic
def end_device(actor: User, *, account_id: int, session_id: int) -> None:
    """Will sign an account out on one device; a second time changes nothing. Audited.

    Raises: NotFound; NotAllowed.
    """
    account = _lock(actor, account_id)
    found = PublicToken.objects.filter(pk=session_id, account=account)
    if not found.exists():
        raise NotFound(_("没有这个登录设备"))
    if end_tokens(found, EndReason.STAFF):
        _record(actor, "public_session.ended_by_staff", account, "")


@transaction.atomic
def reveal_account(actor: User, *, account_id: int, purpose: str) -> Revealed:
    """Will give name, phone and identity number, and log who asked for what purpose.

    Raises: NotFound; NotAllowed; InvalidInput (field "purpose"). Source: AU-02.
    """
    account = selectors.get_account(actor, account_id)
    permissions.require_manage(actor, account.tenant_id)
    why = purpose.strip()
    if not REASON_MIN <= len(why) <= REASON_MAX:
        raise InvalidInput(_("请填写查看事由（2至200字）"), field="purpose")
    _record(actor, "public_account.revealed", account, why)
    number = identity_numbers.unseal(account.identity_sealed)
    return Revealed(account.name, account.phone, number)


def clean_reason(reason: str) -> str:
    """Will give the reason without blanks around. Raises: InvalidInput (field "reason")."""
    cleaned = reason.strip()
    if not REASON_MIN <= len(cleaned) <= REASON_MAX:
        raise InvalidInput(_("请填写事由（2至200字）"), field="reason")
    return cleaned


def _lock(actor: User, account_id: int) -> PublicAccount:
    selectors.get_account(actor, account_id)
    account = PublicAccount.objects.select_for_update().get(pk=account_id)
    permissions.require_manage(actor, account.tenant_id)
    return account


def _require_state(account: PublicAccount, wanted: AccountState) -> None:
    if account.state != wanted:
        raise Refused(
            _("账户现为“%(now)s”，不能执行此操作") % {"now": AccountState(account.state).label}
        )


def _move(account: PublicAccount, state: AccountState, why: str) -> None:
    account.state, account.state_reason = state, why
    account.save(update_fields=["state", "state_reason"])


def _close(actor: User | Citizen, account: PublicAccount, why: str) -> None:
    """Sessions, bindings, codes and agencies end; the sealed identity number is wiped.

    Its digest stays: who was frozen under one phone is recognised under the next.
    """
    if not account.is_living:
        raise Refused(_("账户已注销或已并入其他账户"))
    represented = LegalPerson.objects.filter(
        representative=account, state=PersonState.CONFIRMED
    ).first()
    if represented is not None:
        raise Refused(
            _("账户是“%(name)s”的法定代表人，请先由工作人员停用或变更该法人")
            % {"name": represented.name}
        )
    moment = clock.now()
    _end_access(account, EndReason.CLOSED)
    MiniProgramBinding.objects.filter(account=account).delete()
    LegalPerson.objects.filter(representative=account, state=PersonState.CLAIMED).update(
        state=PersonState.REJECTED, state_reason=why, decided_at=moment
    )
    Agency.objects.filter(agent=account, state=AgencyState.ACCEPTED).update(
        state=AgencyState.REVOKED,
        revoked_at=moment,
        revoked_by=actor.display_name,
        revoke_reason=why,
    )
    account.state, account.state_reason = AccountState.CLOSED, why
    account.ended_at, account.identity_sealed = moment, ""
    account.save(update_fields=["state", "state_reason", "ended_at", "identity_sealed"])
    _record(actor, "public_account.closed", account, why)


def _end_access(account: PublicAccount, reason: EndReason) -> None:
    end_tokens(PublicToken.objects.filter(account=account), reason)
    SignInCode.objects.filter(
        tenant_id=account.tenant_id, phone=account.phone, ended_at__isnull=True
    ).update(ended_at=clock.now())


def _record(actor: User | Citizen, action: str, account: PublicAccount, why: str) -> None:
    audit.record(
        actor,
        action,
        object_type="residents.account",
        object_id=account.pk,
        object_label=str(account),
        data={"reason": why} if why else {},
    )
