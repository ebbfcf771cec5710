"""Reactions to what lower apps announce: the outbox wakes the bell, accounts tell people."""

from typing import Any

from django.dispatch import receiver
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.approvals import selectors as approvals
from apps.accounts.approvals.registry import get_act
from apps.accounts.approvals.signals import ChangeMoved, change_moved
from apps.accounts.models import HeldChange, User
from apps.accounts.signals import (
    AccountsMerged,
    WordToPeople,
    WordToPhone,
    accounts_merged,
    word_to_people,
    word_to_phone,
)
from apps.common.models import OutboxMessage
from apps.common.outbox import handles
from apps.notices import services

#: What each step of a held change is called in a notice; a step not here tells nobody.
_TITLES: dict[str, Promise] = {
    "filed": gettext_lazy("请复核：%(act)s"),
    "alone": gettext_lazy("紧急单人办理，请补复核：%(act)s"),
    "overdue": gettext_lazy("补复核已逾期：%(act)s"),
    "approved": gettext_lazy("已批准：%(act)s"),
    "refused": gettext_lazy("未批准：%(act)s"),
    "expired": gettext_lazy("已过期：%(act)s"),
    "stale": gettext_lazy("已作废：%(act)s"),
    "failed": gettext_lazy("未能执行：%(act)s"),
    "confirmed": gettext_lazy("补复核认可：%(act)s"),
    "objected": gettext_lazy("补复核不认可：%(act)s"),
}


@handles(services.PUSH_TOPIC)
def push_notices(message: OutboxMessage) -> None:
    services.push(message.payload["notice_ids"])


@receiver(change_moved, dispatch_uid="notices.tell_of_held_change")
def tell_of_held_change(sender: Any, event: ChangeMoved, **kwargs: Any) -> None:
    """Within the transaction of the deed: a notice is as sure as the change itself."""
    title = _TITLES.get(event.step)
    if title is None:
        return
    change = HeldChange.objects.select_related("maker", "concerned", "organization__tenant").get(
        pk=event.change_id
    )
    services.notify(
        recipients=_audience(change, event.step),
        kind="approval",
        title=title % {"act": get_act(change.act).label},
        body=_body(change, event.step),
        url=reverse("accounts:approval-detail", args=[change.pk]),
        key=f"approval-{change.pk}-{event.step}",
    )


def _audience(change: HeldChange, step: str) -> list[User]:
    if step == "filed":
        return approvals.checkers_of(change)
    if step not in ("alone", "overdue"):
        return [change.maker]
    found = approvals.checkers_of(change) + approvals.audit_administrators(change.organization)
    others = [user for user in found if user.pk not in (change.maker_id, change.concerned_id)]
    return [*others, change.maker] if step == "overdue" else others


def _body(change: HeldChange, step: str) -> str:
    words = {"subject": change.subject_label, "maker": change.maker.display_name}
    if step in ("filed", "alone", "overdue"):
        words["reason"] = change.reason
        return _("%(subject)s，由%(maker)s提交：%(reason)s") % words
    words["said"] = change.note or change.outcome
    return _("%(subject)s：%(said)s") % words if words["said"] else change.subject_label


@receiver(word_to_people, dispatch_uid="notices.tell_people")
def tell_people(sender: Any, event: WordToPeople, **kwargs: Any) -> None:
    """The accounts stand below the notices: what they have to say comes as a signal."""
    services.notify(
        recipients=User.objects.filter(pk__in=event.user_ids),
        kind=event.kind,
        title=event.title,
        body=event.body,
        url=event.url,
        key=event.key,
    )


@receiver(word_to_phone, dispatch_uid="notices.tell_phone")
def tell_phone(sender: Any, event: WordToPhone, **kwargs: Any) -> None:
    """A code for somebody who signs in; sent by the worker like every other message."""
    services.send_sms(to=event.phone, text=event.text, key=event.key)


@receiver(accounts_merged, dispatch_uid="notices.move_unread")
def move_unread(sender: Any, event: AccountsMerged, **kwargs: Any) -> None:
    """What somebody has not read yet reaches the account that was kept."""
    services.move_unread(from_id=event.dropped_id, to_id=event.kept_id)
