"""Asking by a link in an SMS where the citizen chose not to be called. Source: HL-13, HL-14."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import SYSTEM, SystemFor
from apps.callbacks.enums import TaskState, Way
from apps.callbacks.errors import LinkSpent
from apps.callbacks.hours import next_moment
from apps.callbacks.models import Attempt, CallbackTask, Link
from apps.callbacks.services.calling import Answer, settle
from apps.common import clock, ratelimit, tokens
from apps.hotline.models import Demand
from apps.notices import services as notices

BATCH = 200
TRIES_OF_ADDRESS, TRIES_SECONDS = 60, 600


def send_links() -> int:
    """Will send the links whose time has come; gives how many. Each in its own transaction."""
    due = CallbackTask.objects.filter(
        way=Way.LINK,
        state=TaskState.WAITING,
        next_try_at__lte=clock.now(),
        link__isnull=True,
    )
    return sum(_send(pk) for pk in due.order_by("pk").values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def _send(task_id: int) -> int:
    task = (
        CallbackTask.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("pool", "case__tenant")
        .filter(pk=task_id, state=TaskState.WAITING, link__isnull=True)
        .first()
    )
    if task is None:
        return 0
    token, moment = tokens.new_token(), clock.now()
    Link.objects.create(
        task=task,
        token_digest=tokens.digest(token),
        sent_at=moment,
        expires_at=moment + timedelta(hours=task.pool.link_h),
    )
    phone = Demand.objects.values_list("reporter_phone", flat=True).get(case_id=task.case_id)
    notices.send_sms(
        to=phone,
        text=_(
            "【%(tenant)s热线】诉求 %(number)s 已办理，请点击评价：%(url)s（%(hours)d小时内有效）"
        )
        % {
            "tenant": task.case.tenant.name,
            "number": task.case.number,
            "url": settings.PUBLIC_ADDRESS + reverse("callbacks-public:answer", args=[token]),
            "hours": task.pool.link_h,
        },
        key=f"callback:{task.pk}:link",
    )
    return 1


def find_link(token: str, *, address: str) -> Link | None:
    """Will give the link of a token, whatever became of it; None for anything else.

    address: the client's; guessing is limited. Raises: TooMany.
    """
    ratelimit.hit("callback.link", address, limit=TRIES_OF_ADDRESS, per_seconds=TRIES_SECONDS)
    found = Link.objects.select_related("task__case__version", "task__script", "task__pool")
    return found.filter(token_digest=tokens.digest(token)).first()


def is_open(link: Link) -> bool:
    """Will tell whether the link still takes an answer."""
    waiting = link.task.state == TaskState.WAITING and link.task.way == Way.LINK
    return waiting and link.used_at is None and link.expires_at > clock.now()


@transaction.atomic
def answer_link(*, link_id: int, answer: Answer) -> CallbackTask:
    """Will take the citizen's answer, once; it acts on the case as an agent's call does.

    Locks the call-back. Raises: LinkSpent (used, expired, or the case went on); InvalidInput.
    """
    task_id = Link.objects.values_list("task_id", flat=True).get(pk=link_id)
    task = (
        CallbackTask.objects.select_for_update(of=("self",))
        .select_related("pool", "script", "case", "link")
        .get(pk=task_id)
    )
    link = task.link
    if not is_open(link):
        raise LinkSpent()
    link.used_at = clock.now()
    link.save(update_fields=["used_at"])
    citizen = SystemFor(None, _("反映人（短信链接）"))
    return settle(citizen, task, answer, Attempt(way=Way.LINK, agent_name=citizen.display_name))


def give_up_links() -> int:
    """Will hand unanswered links to the agents after their time; gives how many."""
    late = CallbackTask.objects.filter(
        way=Way.LINK, state=TaskState.WAITING, link__expires_at__lt=clock.now()
    )
    return sum(_to_voice(pk) for pk in late.order_by("pk").values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def _to_voice(task_id: int) -> int:
    task = (
        CallbackTask.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("pool", "case")
        .filter(pk=task_id, way=Way.LINK, state=TaskState.WAITING)
        .first()
    )
    if task is None:
        return 0
    before = audit.snapshot(task, "way")
    task.way = Way.VOICE
    task.reason = _("%(reason)s · 短信未答复，转电话") % {"reason": task.reason[:140]}
    task.next_try_at = next_moment(clock.now(), opens=task.pool.from_time, closes=task.pool.to_time)
    task.save(update_fields=["way", "reason", "next_try_at"])
    audit.record(
        SYSTEM,
        "callback.turned_to_voice",
        object_type="callback",
        object_id=task.pk,
        object_label=task.case.number,
        data=audit.changes(before, audit.snapshot(task, "way")),
    )
    return 1
