"""Counting failed sign-ins, in the database, so that a lost cache opens no door.

An attempt is counted before the password is looked at and taken back when it was right;
a hundred guesses at once are therefore a hundred counted guesses. Called by the entrance
(``accounts.adapters``), which is not inside a transaction of its own.
Source: GB/T 22239-2019 8.1.4.1.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from apps.accounts import permissions
from apps.accounts.models import SignInCounter, User
from apps.audit.services import SYSTEM, Actor, record
from apps.common import clock
from apps.common.errors import NotAllowed, TooMany

Kind = SignInCounter.Kind


@dataclass(frozen=True)
class Attempt:
    """One try at the door: the name typed and the address it came from (None: unknown)."""

    account: str
    address: str | None
    second_factor: bool = False

    def counters(self) -> list[tuple[str, str]]:
        """Will give the counters this attempt falls into."""
        own = Kind.SECOND_FACTOR if self.second_factor else Kind.ACCOUNT
        found = [(str(own), self.account.lower()[:60])]
        if self.address:
            found.append((str(Kind.ADDRESS), self.address))
        return found


@transaction.atomic
def begin_attempt(attempt: Attempt) -> None:
    """Will count an attempt before it is judged. Locks its counters.

    Raises: TooMany (locked, or the tries of this window are used up); ``data["minutes"]``
        says how long.
    """
    moment = clock.now()
    for kind, key in sorted(attempt.counters()):
        counter = _lock(kind, key, moment)
        if counter.locked_until and counter.locked_until > moment:
            raise _too_many(counter.locked_until - moment)
        if _window_over(counter, moment):
            counter.attempts, counter.window_started_at = 0, moment
        if counter.attempts >= _limit(kind):
            raise _too_many(_lock_time())
        counter.attempts += 1
        counter.locked_until = None
        counter.save(update_fields=["attempts", "window_started_at", "locked_until"])


@transaction.atomic
def note_failure(attempt: Attempt, *, user: User | None) -> None:
    """Will write the failure to the log and lock what has used up its tries.

    user: whose account it is, if anybody's.
    """
    moment = clock.now()
    who: dict[str, Any] = {
        "object_type": "accounts.user",
        "object_id": user.pk if user else "",
        "object_label": user.display_name if user else "",
    }
    step = "second_factor" if attempt.second_factor else "password"
    record(user or SYSTEM, "sign_in.failed", **who, data={"step": step})
    for kind, key in sorted(attempt.counters()):
        counter = _lock(kind, key, moment)
        if counter.attempts >= _limit(kind) and counter.locked_until is None:
            counter.locked_until = moment + _lock_time()
            counter.save(update_fields=["locked_until"])
            what = who if kind != Kind.ADDRESS else {"object_label": key}
            record(SYSTEM, "sign_in.locked", **what, data={"kind": kind})


@transaction.atomic
def note_success(attempt: Attempt) -> None:
    """Will clear the account's counter and take this attempt back from the address's.

    An address is not cleared: else one's own sign-in between guesses would reset it.
    """
    for kind, key in sorted(attempt.counters()):
        counter = SignInCounter.objects.filter(kind=kind, key=key)
        if kind == Kind.ADDRESS:
            counter.filter(attempts__gt=0).update(attempts=F("attempts") - 1)
        else:
            counter.delete()


@transaction.atomic
def unlock(actor: Actor, *, user: User) -> None:
    """Will lift the lock on a person's account, for password and one-time code.

    Raises: NotAllowed.
    """
    if not permissions.can_unlock(actor, user.tenant_id):
        raise NotAllowed(_("只有安全管理员可以解锁账号。"))
    SignInCounter.objects.filter(
        kind__in=[Kind.ACCOUNT, Kind.SECOND_FACTOR], key=user.username.lower()
    ).delete()
    record(
        actor,
        "sign_in.unlocked",
        object_type="accounts.user",
        object_id=user.pk,
        object_label=user.display_name,
    )


def forget_old_counters() -> int:
    """Will drop counters nobody touched for a day and give the number."""
    before = clock.now() - timedelta(days=1)
    return SignInCounter.objects.filter(window_started_at__lt=before).delete()[0]


def _lock(kind: str, key: str, moment: datetime) -> SignInCounter:
    SignInCounter.objects.bulk_create(
        [SignInCounter(kind=kind, key=key, window_started_at=moment)], ignore_conflicts=True
    )
    return SignInCounter.objects.select_for_update().get(kind=kind, key=key)


def _window_over(counter: SignInCounter, moment: datetime) -> bool:
    if counter.locked_until is not None:
        return True
    window = timedelta(minutes=settings.SIGN_IN_WINDOW_MINUTES)
    return counter.window_started_at + window <= moment


def _limit(kind: str) -> int:
    limit: int = settings.SIGN_IN_ADDRESS_LIMIT if kind == Kind.ADDRESS else settings.SIGN_IN_LIMIT
    return limit


def _lock_time() -> timedelta:
    return timedelta(minutes=settings.SIGN_IN_LOCK_MINUTES)


def _too_many(wait: timedelta) -> TooMany:
    minutes = max(1, -(-int(wait.total_seconds()) // 60))
    return TooMany(
        _("登录失败次数过多,已锁定。请 %(minutes)s 分钟后再试,或请安全管理员解锁。")
        % {"minutes": minutes},
        code="sign_in_locked",
        data={"minutes": minutes},
    )
