"""A lost second factor: asked for by the person, confirmed in person by somebody else.

The only writer of ``FactorRecovery``. The person asks at the entrance and is told the same
whoever they are; an administrator who unlocks accounts meets them, says how, and hands over a
code of one day; with the password and this code the person signs in and can do nothing but
enrol a new factor. Nobody confirms for themselves: the database refuses it too.
Source: AC-08; GB/T 22239-2019 8.1.4.1.
"""

import hashlib
import secrets
from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts import permissions, selectors
from apps.accounts.assurance.models import FactorRecovery, ProofMethod, RecoveryState
from apps.accounts.factors import certificates, phone
from apps.accounts.models import Certificate, PhoneFactor, User
from apps.accounts.services.access import close_everything
from apps.accounts.signals import WordToPeople, word_to_people
from apps.audit.services import SYSTEM, Actor, record
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, Refused

CODE_LIFE = timedelta(days=1)
IN_PERSON = (ProofMethod.IN_PERSON_DOCUMENT, ProofMethod.IN_PERSON_KNOWN)
# Letters and digits that nobody mistakes for one another when read out or written down.
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
UNFINISHED = (RecoveryState.CONFIRMED, RecoveryState.ENTERED)
_OPEN = (RecoveryState.ASKED, *UNFINISHED)


@transaction.atomic
def ask(*, username: str, reason: str) -> None:
    """Will note that somebody lost a factor and tell the administrators who may help.

    Says nothing to the caller: whether the account exists, has a factor, or has asked before
    is not told. Locks the user.
    """
    user = selectors.find_user(username)
    if user is None or not user.is_active:
        return
    user = User.objects.select_for_update().get(pk=user.pk)
    if not _has_factor(user) or FactorRecovery.objects.filter(user=user, state__in=_OPEN).exists():
        return
    found = FactorRecovery.objects.create(
        user=user, reason=reason.strip()[:200], asked_at=clock.now()
    )
    _note(SYSTEM, "second_factor.recovery_asked", found)
    _tell(
        found,
        _helpers(user),
        _("%(person)s申请找回第二因子") % {"person": user.full_name},
        _("请当面核实身份后处理。"),
        url=reverse("accounts:recovery-detail", args=[found.pk]),
    )


@transaction.atomic
def confirm(actor: User, *, recovery_id: int, method: str, note: str) -> str:
    """Will reset the factors of somebody met in person and give the one-time enrolment code.

    The code is shown once, is valid for a day, and opens nothing without the password. Every
    session ends. Locks the recovery and the person; tells the person and the other
    administrators; raises the person's proofing to 3.

    Raises: NotAllowed (no right to unlock there; oneself); Refused (decided already);
        InvalidInput (not in person; no word how).
    """
    found = _lock_for(actor, recovery_id, RecoveryState.ASKED)
    if method not in IN_PERSON:
        raise InvalidInput(gettext_lazy("须当面核实身份。"), field="method")
    if len(note.strip()) < 4:
        raise InvalidInput(gettext_lazy("请写明如何核实的身份。"), field="note")
    code = _new_code()
    moment = clock.now()
    Authenticator.objects.filter(user=found.user).delete()
    phone.remove(actor, user=found.user)
    certificates.end_all(actor, user=found.user, reason=_("第二因子重置"))
    close_everything(found.user, reason="factor_reset")
    found.state, found.method, found.note = RecoveryState.CONFIRMED, method, note.strip()[:200]
    found.decided_by, found.decided_at = actor, moment
    found.code_digest, found.expires_at = _digest(found, code), moment + CODE_LIFE
    found.save()
    _prove(actor, found.user, level=3, method=method)
    _note(actor, "second_factor.reset", found, method=method, note=found.note)
    _tell_decided(actor, found, _("%(person)s的第二因子已重置") % {"person": found.user.full_name})
    return code


@transaction.atomic
def renew_code(actor: User, *, recovery_id: int) -> str:
    """Will give another enrolment code when the first was lost, used or ran out; that is void.

    Raises: NotAllowed; Refused (nothing confirmed, or enrolled already).
    """
    found = _lock_for(actor, recovery_id, *UNFINISHED)
    code = _new_code()
    found.code_digest, found.expires_at = _digest(found, code), clock.now() + CODE_LIFE
    found.state = RecoveryState.CONFIRMED
    found.decided_by, found.decided_at = actor, clock.now()
    found.save(update_fields=["state", "code_digest", "expires_at", "decided_by", "decided_at"])
    _note(actor, "second_factor.code_renewed", found)
    return code


@transaction.atomic
def refuse(actor: User, *, recovery_id: int, note: str) -> None:
    """Will close a request that was not genuine; the factors stay. Locks the recovery.

    Raises: NotAllowed; Refused; InvalidInput (no reason).
    """
    found = _lock_for(actor, recovery_id, RecoveryState.ASKED)
    if len(note.strip()) < 4:
        raise InvalidInput(gettext_lazy("请写明未通过的原因。"), field="note")
    found.state, found.note = RecoveryState.REFUSED, note.strip()[:200]
    found.decided_by, found.decided_at = actor, clock.now()
    found.save(update_fields=["state", "note", "decided_by", "decided_at"])
    _note(actor, "second_factor.recovery_refused", found, note=found.note)
    _tell_decided(
        actor, found, _("%(person)s找回第二因子未通过") % {"person": found.user.full_name}
    )


def waiting_for_code(user: User) -> FactorRecovery | None:
    """Will give the recovery whose code this person must give to sign in, if there is one.

    A code lets in once. Whoever leaves before enrolling needs another: else the password alone
    would do until then.
    """
    return FactorRecovery.objects.filter(user=user, state__in=UNFINISHED).first()


@transaction.atomic
def enter_code(user: User, *, code: str) -> None:
    """Will take the enrolment code, once. Locks the recovery.

    Raises: InvalidInput (wrong or too old; which of the two is not told).
    """
    found = FactorRecovery.objects.select_for_update().filter(
        user=user, state=RecoveryState.CONFIRMED
    )
    recovery = found.first()
    moment = clock.now()
    wrong = InvalidInput(
        gettext_lazy("登记码不正确或已过期，请联系安全管理员重新发放。"), field="code"
    )
    if recovery is None or recovery.expires_at is None or recovery.expires_at <= moment:
        raise wrong
    given = _digest(recovery, code.strip().upper())
    if not constant_time_compare(given, recovery.code_digest):
        raise wrong
    recovery.state, recovery.code_digest = RecoveryState.ENTERED, ""
    recovery.save(update_fields=["state", "code_digest"])
    _note(user, "second_factor.code_entered", recovery)


@transaction.atomic
def finish(user: User) -> None:
    """Will close the recovery of somebody who has enrolled a factor again."""
    FactorRecovery.objects.filter(user=user, state__in=UNFINISHED).update(
        state=RecoveryState.DONE, finished_at=clock.now()
    )


@transaction.atomic
def prove_identity(actor: User, *, user: User, method: str) -> User:
    """Will note how somebody's identity was proved. Locks the person.

    Raises: NotAllowed (no right to unlock there; oneself); InvalidInput (no such method).
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    _require_other(actor, locked)
    levels = {
        ProofMethod.IMPORTED: 1,
        ProofMethod.DOCUMENT: 2,
        ProofMethod.IN_PERSON_DOCUMENT: 3,
        ProofMethod.IN_PERSON_KNOWN: 3,
    }
    if method not in ProofMethod.values:
        raise InvalidInput(gettext_lazy("请选择核验方式。"), field="method")
    _prove(actor, locked, level=levels[ProofMethod(method)], method=method)
    return locked


def _prove(actor: User, user: User, *, level: int, method: str) -> None:
    user.proofing_level, user.proofing_method = level, method
    user.proofed_by, user.proofed_at = actor.display_name[:100], clock.now()
    user.save(update_fields=["proofing_level", "proofing_method", "proofed_by", "proofed_at"])
    record(
        actor,
        "user.identity_proved",
        object_type="accounts.user",
        object_id=user.pk,
        object_label=user.display_name,
        data={"level": level, "method": method},
    )


def _has_factor(user: User) -> bool:
    return (
        Authenticator.objects.filter(user=user).exists()
        or PhoneFactor.objects.filter(user=user).exists()
        or Certificate.objects.filter(user=user, ended_at=None).exists()
    )


def _lock_for(actor: User, recovery_id: int, *states: str) -> FactorRecovery:
    found = (
        FactorRecovery.objects.select_for_update(of=("self", "user"))
        .select_related("user")
        .filter(pk=recovery_id)
        .first()
    )
    if found is None:
        raise NotAllowed(gettext_lazy("您不能处理该申请。"))
    _require_other(actor, found.user)
    if found.state not in states:
        raise Refused(gettext_lazy("该申请已处理过。"), code="recovery_decided")
    return found


def _require_other(actor: User, user: User) -> None:
    if not permissions.can_unlock(actor, user.tenant_id):
        raise NotAllowed(gettext_lazy("只有安全管理员可以核实身份。"))
    if actor.pk == user.pk:
        raise NotAllowed(gettext_lazy("不能为自己核实身份，请由另一名安全管理员办理。"))


def _helpers(user: User, *, but: Actor | None = None) -> list[int]:
    found = selectors.users_with_permission("accounts.unlock_users")
    return [
        helper.pk
        for helper in found
        if helper.pk not in (user.pk, but.pk if but else None)
        and permissions.can_unlock(helper, user.tenant_id)
    ]


def _tell_decided(actor: User, found: FactorRecovery, title: str) -> None:
    told = [found.user_id, *_helpers(found.user, but=actor)]
    body = _("由%(name)s核实办理。如非本人申请，请立即联系审计管理员。") % {
        "name": actor.display_name
    }
    _tell(found, told, title, body)


def _tell(
    found: FactorRecovery, user_ids: list[int], title: str, body: str, *, url: str = ""
) -> None:
    word = WordToPeople(
        user_ids=tuple(user_ids),
        kind="security",
        title=title,
        body=body,
        url=url or reverse("accounts:profile"),
        key=f"factor-recovery-{found.pk}-{found.state}",
    )
    word_to_people.send(sender=FactorRecovery, event=word)


def _note(actor: Actor, action: str, found: FactorRecovery, **data: str) -> None:
    record(
        actor,
        action,
        object_type="accounts.user",
        object_id=found.user_id,
        object_label=found.user.display_name,
        data=data,
    )


def _new_code() -> str:
    groups = ("".join(secrets.choice(_LETTERS) for _letter in range(4)) for _group in range(3))
    return "-".join(groups)


def _digest(found: FactorRecovery, code: str) -> str:
    return hashlib.sha256(f"{found.pk}:{code}".encode()).hexdigest()
