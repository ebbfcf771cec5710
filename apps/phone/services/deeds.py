"""Taking in what phones send: each deed once, for itself, with an answer that stays.

A batch has no common fate: every deed runs in its own transaction, with the service of the app
that owns the matter, and gets its own receipt. A receipt's ``state``:

    done      it is done; number and link of what came of it
    repeated  it was answered before; ``first`` is that answer's state, the rest is that answer
    refused   a field is wrong; the phone gives it back for mending
    conflict  somebody changed the same thing meanwhile; both are kept, ``who`` settles
    kept      it cannot be done (any more); kept as typed for the leader
    later     not now; ``retry_after`` seconds; ``missing`` photographs first

Called by the phone's API. Source: GR-14.
"""

import logging
import random
import time
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.gis.geos import Point
from django.db import OperationalError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.services import record
from apps.common import clock, rows
from apps.common.errors import DomainError, InvalidInput, TooMany
from apps.phone.deeds import DeedKind, Outcome, Work, find_kind
from apps.phone.enums import FINAL_STATES, DeedMark, DeedState
from apps.phone.errors import BadDeed, KeyReused
from apps.phone.models import Deed
from apps.phone.services.intake import Sent, read_deed
from apps.phone.services.marks import CLOCK_LIMIT_S, marks_of
from apps.phone.services.photos import photos_of
from apps.phone.services.tickets import Home, home_of

logger = logging.getLogger(__name__)

BATCH_LIMIT = 50
BATCH_SECONDS = 10.0  # then the rest is told to come again: a phone's patience is a minute
FAILURES_LIMIT = 5  # then the deed is kept for a person to look at
FAILED_AGAIN_S = 60

# A refused deed comes again mended, so that all of it may be another than at first.
_CHANGING = (
    *("kind", "tenant", "area_path", "digest", "content", "point", "at", "phone_at"),
    *("received_at", "skew_s", "state", "marks", "answer", "failures"),
)

Receipt = dict[str, Any]


def take_batch(
    actor: User, *, items: list[Any], sent_at: datetime, revoked_home: Home | None = None
) -> list[Receipt]:
    """Will take each deed of a batch and give their receipts in the same order.

    sent_at: the phone's clock at sending, by which its times are put right.
    revoked_home: where a worker belonged who is none any more; all is kept for the leader then.
    """
    now = clock.now()
    skew_s = round((sent_at - now).total_seconds())
    home = revoked_home or home_of(actor)
    began = time.monotonic()
    receipts = []
    for item in items:
        if time.monotonic() - began > BATCH_SECONDS:
            receipts.append(_later(item, 1))
            continue
        receipts.append(
            _take(actor, item, skew_s=skew_s, now=now, home=home, revoked=bool(revoked_home))
        )
    return receipts


def _take(
    actor: User, item: Any, *, skew_s: int, now: datetime, home: Home, revoked: bool
) -> Receipt:
    try:
        sent = read_deed(item)
    except BadDeed as error:
        return _unreadable(item, error)
    taker = _Taker(actor, sent, skew_s=skew_s, now=now, home=home)
    try:
        return taker.keep(_("您已不在网格员岗位，内容已留存交网格长")) if revoked else taker.take()
    except KeyReused as error:
        record(actor, "phone.key_reused", object_type="phone.deed", object_id=sent.key)
        return {**_head(sent.key, "refused"), **_fault(error, field="key")}
    except TooMany as error:
        return {**_head(sent.key, "later"), "retry_after": error.data.get("retry_after", 30)}
    except InvalidInput as error:
        return taker.refuse(error)
    except DomainError as error:
        # Mending cannot help: somebody was first, the cell is another's, the right is gone.
        return taker.keep(_("%(why)s；内容已留存交网格长") % {"why": error})
    except Exception as error:
        logger.exception("a deed of a phone failed")
        return taker.fail(is_storage=isinstance(error, OperationalError))


class _Taker:
    """One deed on its way in. Every method is one transaction."""

    def __init__(self, actor: User, sent: Sent, *, skew_s: int, now: datetime, home: Home) -> None:
        self.actor, self.sent, self.skew_s, self.now, self.home = actor, sent, skew_s, now, home
        wrong = abs(skew_s) > CLOCK_LIMIT_S
        self.ahead = timedelta(seconds=skew_s if wrong else 0)
        self.at = min(sent.at - self.ahead, now)

    @transaction.atomic
    def take(self) -> Receipt:
        """Locks the deed's row, then does it; a rival with the same key waits and gets our answer.

        Raises: KeyReused; whatever the kind's service refuses with.
        """
        deed, answered = self._claim(DeedState.REFUSED)
        if answered:
            return answered
        kind = find_kind(self.sent.kind)
        if kind is None:
            raise BadDeed(_("不认识这种作业，请更新手机端"), field="kind")
        if len(self.sent.files) > kind.most_files:
            limit = kind.most_files
            raise BadDeed(_("一次最多 %(n)d 张照片") % {"n": limit}, field="files")
        stored, missing = photos_of(self.actor, self.sent.files)
        if missing:
            transaction.set_rollback(True)
            return {**_head(self.sent.key, "later"), "retry_after": 0, "missing": missing}
        work = Work(
            key=str(self.sent.key),
            kind=self.sent.kind,
            at=self.at,
            values=self.sent.values,
            spot=self.sent.spot,
            files=stored,
            form_version=self.sent.form_version,
            base_version=self.sent.base_version,
            clock_ahead=self.ahead,
        )
        return self._do(deed, kind, work)

    def _do(self, deed: Deed, kind: DeedKind, work: Work) -> Receipt:
        current = kind.form_version(work)
        deed.marks = marks_of(self.actor, kind, work, skew_s=self.skew_s, form_version=current)
        try:
            outcome = kind.do(self.actor, work)
        except InvalidInput as error:
            if str(DeedMark.OLD_FORM) in deed.marks:
                error.message = _("表单已更新：%(why)s") % {"why": error.message}
            raise
        if outcome.errors:
            raise _Faults(outcome)
        return self._answer(deed, outcome.state, outcome)

    @transaction.atomic
    def keep(self, why: str) -> Receipt:
        """Keeps the deed as typed, for the leader."""
        deed, answered = self._claim(DeedState.KEPT)
        if answered:
            return answered
        return self._answer(deed, DeedState.KEPT, Outcome(message=why))

    @transaction.atomic
    def refuse(self, error: InvalidInput) -> Receipt:
        """Gives the deed back for mending; the row remembers that and what it was."""
        deed, answered = self._claim(DeedState.REFUSED)
        if answered:
            return answered
        faults = error.outcome.errors if isinstance(error, _Faults) else ()
        deed.answer = {
            "errors": [{"field": f, "message": m} for f, m in faults] or _fault(error)["errors"]
        }
        deed.save()
        record(
            self.actor,
            "phone.deed_refused",
            object_type="phone.deed",
            object_id=deed.pk,
            object_label=deed.kind,
            data=deed.answer,
        )
        return {**_head(self.sent.key, "refused"), **deed.answer}

    @transaction.atomic
    def fail(self, *, is_storage: bool) -> Receipt:
        """Has the phone come again after a fault of ours; after some, a person looks at it."""
        deed, answered = self._claim(DeedState.REFUSED)
        if answered:
            return answered
        deed.failures += 0 if is_storage else 1
        if deed.failures >= FAILURES_LIMIT:
            why = _("服务器处理出错，内容已留存，将由人工处理")
            return self._answer(deed, DeedState.KEPT, Outcome(message=why))
        deed.save()
        return {**_head(self.sent.key, "later"), "retry_after": FAILED_AGAIN_S}

    def _claim(self, state: DeedState) -> tuple[Deed, Receipt | None]:
        """Gives the locked row, and the answer where it has a final one."""
        sent, columns = self.sent, self._columns()
        deed = Deed(user=self.actor, key=sent.key, state=state, **columns)
        if rows.claim(deed, once=("user_id", "key")):
            return deed, None
        deed = Deed.objects.select_for_update().get(user=self.actor, key=sent.key)
        if deed.state in FINAL_STATES:
            if deed.digest != sent.digest:
                raise KeyReused(_("此编号已用于另一项作业，本次未办理"))
            return deed, {**deed.answer, "state": "repeated", "first": deed.state}
        for name, value in columns.items():
            setattr(deed, name, value)
        return deed, None

    def _columns(self) -> dict[str, Any]:
        sent, spot = self.sent, self.sent.spot
        return {
            "kind": sent.kind,
            "tenant_id": self.home.tenant_id,
            "area_path": self.home.area_path,
            "digest": sent.digest,
            "content": sent.content,
            "point": Point(spot.lon, spot.lat, srid=4326) if spot else None,
            "at": self.at,
            "phone_at": sent.at,
            "received_at": self.now,
            "skew_s": max(-(2**31), min(self.skew_s, 2**31 - 1)),
        }

    def _answer(self, deed: Deed, state: DeedState, outcome: Outcome) -> Receipt:
        deed.state = state
        deed.answer = {
            **_head(self.sent.key, str(state)),
            "number": outcome.number,
            "link": outcome.link,
            "message": str(outcome.message),
            "who": str(outcome.who),
            "marks": [str(DeedMark(mark).label) for mark in deed.marks],
        }
        with rows.gathered(savepoint=False):
            rows.update(deed, *_CHANGING)
            record(
                self.actor,
                f"phone.deed_{state}",
                object_type="phone.deed",
                object_id=deed.pk,
                object_label=f"{deed.kind} {outcome.number}".strip(),
                data={"key": str(deed.key), "marks": deed.marks, "at": self.at.isoformat()},
            )
        return dict(deed.answer)


class _Faults(InvalidInput):
    """Several fields are wrong at once."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.message or _("请核对所列字段"))
        self.outcome = outcome


def jittered(seconds: float) -> int:
    """Will scatter a waiting time by half, so that a thousand phones do not come back at once."""
    return max(1, round(seconds * random.uniform(0.5, 1.5)))  # noqa: S311  no secret


def _head(key: UUID | str, state: str) -> Receipt:
    return {"key": str(key), "state": state}


def _fault(error: DomainError, *, field: str = "") -> Receipt:
    return {"errors": [{"field": error.field or field, "message": str(error.message)}]}


def _unreadable(item: Any, error: BadDeed) -> Receipt:
    key = item.get("key") if isinstance(item, dict) else None
    return {**_head(str(key), "refused"), **_fault(error)}


def _later(item: Any, seconds: int) -> Receipt:
    key = item.get("key") if isinstance(item, dict) else None
    return {**_head(str(key), "later"), "retry_after": seconds}
