"""Two accounts of one person become one. AC-01."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import NotFound, Refused
from apps.residents import permissions, selectors
from apps.residents.enums import AccountState, AgencyState, EndReason, PersonState
from apps.residents.models import (
    Agency,
    LegalPerson,
    MiniProgramBinding,
    PublicAccount,
    PublicToken,
)
from apps.residents.services.keeping import clean_reason
from apps.residents.services.sessions import end_tokens


@dataclass(frozen=True)
class MergePlan:
    """What a merger would do. moved counts: what goes over to ``kept``."""

    kept: PublicAccount
    dropped: PublicAccount
    bindings: int
    legal_persons: int
    agencies: int
    sessions: int


def plan_merge(viewer: User, *, kept_id: int, dropped_id: int) -> MergePlan:
    """Will say what a merger would do; writes nothing.

    Raises: NotFound; NotAllowed; Refused (not one person, not one body, ended before).
    """
    kept, dropped = (selectors.get_account(viewer, pk) for pk in (kept_id, dropped_id))
    return _plan(viewer, kept, dropped)


@transaction.atomic
def merge_accounts(
    actor: User, *, kept_id: int, dropped_id: int, reason: str, checker: User | None = None
) -> PublicAccount:
    """Will move everything of one account to another and end the first; for approved changes.

    The kept account's phone, name, level and identity stay as they are. Bindings, legal
    persons, accepted agencies move; sessions of the dropped one end; its checks stay with it
    as evidence; its demands are found through it. Locks both, by key. Audited on both.

    Raises: NotFound; NotAllowed; InvalidInput (reason); Refused (see ``plan_merge``).
    """
    why = clean_reason(reason)
    locked = {
        row.pk: row
        for row in PublicAccount.objects.select_for_update()
        .filter(pk__in=[kept_id, dropped_id])
        .order_by("pk")
    }
    if kept_id not in locked or dropped_id not in locked:
        raise NotFound(_("没有找到该公众账户"))
    kept, dropped = locked[kept_id], locked[dropped_id]
    plan = _plan(actor, kept, dropped)
    before = audit.snapshot(dropped, "state", "merged_into")
    moment = clock.now()
    end_tokens(PublicToken.objects.filter(account=dropped), EndReason.MERGED)
    _bindings(dropped).update(account=kept)
    _give_up_claims_twice(kept, dropped, why)
    _persons(dropped).update(representative=kept)
    _agencies(dropped).update(agent=kept)
    PublicAccount.objects.filter(merged_into=dropped).update(merged_into=kept)
    dropped.state, dropped.merged_into, dropped.ended_at = AccountState.MERGED, kept, moment
    dropped.state_reason, dropped.identity_sealed = why, ""
    dropped.save()
    changed = audit.changes(before, audit.snapshot(dropped, "state", "merged_into"))
    _record(actor, "public_account.merged", dropped, kept, why, plan, checker, **changed)
    _record(actor, "public_account.merged_from", kept, dropped, why, plan, checker)
    return kept


def _plan(actor: User, kept: PublicAccount, dropped: PublicAccount) -> MergePlan:
    permissions.require_manage(actor, kept.tenant_id)
    permissions.require_manage(actor, dropped.tenant_id)
    if kept.pk == dropped.pk:
        raise Refused(_("请选择两个不同的账户"))
    if kept.tenant_id != dropped.tenant_id:
        raise Refused(_("两个账户属于不同的租户，不能合并"))
    for account in (kept, dropped):
        if account.state != AccountState.ACTIVE:
            raise Refused(_("只能合并状态正常的账户，请先解冻或核对"))
    if not kept.identity_digest or kept.identity_digest != dropped.identity_digest:
        raise Refused(_("只能合并实名核验为同一人的账户；请两个账户都先完成实名核验"))
    if dropped.proofing_level > kept.proofing_level:
        raise Refused(_("请保留核验等级较高的账户"))
    return MergePlan(
        kept,
        dropped,
        bindings=_bindings(dropped).count(),
        legal_persons=_persons(dropped).count(),
        agencies=_agencies(dropped).count(),
        sessions=selectors.list_devices(dropped).count(),
    )


def _give_up_claims_twice(kept: PublicAccount, dropped: PublicAccount, why: str) -> None:
    """Both accounts asked for one legal person: the kept one's claim is enough."""
    asked = _persons(kept).filter(state=PersonState.CLAIMED).values("credit_code")
    again = _persons(dropped).filter(state=PersonState.CLAIMED, credit_code__in=asked)
    again.update(state=PersonState.REJECTED, state_reason=why, decided_at=clock.now())


def _bindings(account: PublicAccount) -> QuerySet[MiniProgramBinding]:
    return MiniProgramBinding.objects.filter(account=account)


def _persons(account: PublicAccount) -> QuerySet[LegalPerson]:
    return LegalPerson.objects.filter(representative=account)


def _agencies(account: PublicAccount) -> QuerySet[Agency]:
    return Agency.objects.filter(agent=account, state=AgencyState.ACCEPTED)


def _record(
    actor: User,
    action: str,
    account: PublicAccount,
    other: PublicAccount,
    why: str,
    plan: MergePlan,
    checker: User | None,
    **changed: Any,
) -> None:
    moved = {"bindings": plan.bindings, "legal_persons": plan.legal_persons}
    audit.record(
        actor,
        action,
        object_type="residents.account",
        object_id=account.pk,
        object_label=str(account),
        data={
            "other": other.pk,
            "reason": why,
            "moved": moved | {"agencies": plan.agencies},
            "checker": checker.display_name if checker else "",
            **changed,
        },
    )
