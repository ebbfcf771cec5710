"""From an alarm to a case and back. Cases are changed by ``matters.services`` only.

Source: AL-06, MT-21.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.alarms import permissions
from apps.alarms.enums import EventKind
from apps.alarms.models import Alarm
from apps.alarms.registry import endings_of, evidence_of, matter_wanted, standing_case
from apps.alarms.services._shared import (
    CLOSE_CASE,
    lock_alarm,
    lock_seen,
    note_deed,
    require_open,
    tell_pages,
    write_event,
)
from apps.alarms.services.discoveries import Guess, guess, keep_discovery
from apps.audit.services import SYSTEM, SystemActor
from apps.common import outbox
from apps.common.errors import InvalidInput
from apps.common.questions import Question
from apps.matters.enums import AttachmentPurpose, Channel, Priority, Service
from apps.matters.models import Case
from apps.matters.selectors import matters_open_to, offered_actions
from apps.matters.services import NewCase, NewFile, open_case, perform

_OF_CASE = Question(lambda case: Alarm.objects.filter(case_id=case).order_by("pk"))
_PRIORITY = {4: Priority.URGENT, 3: Priority.HIGH}


@transaction.atomic
def open_case_for(actor: User, *, alarm_id: int, matter: str) -> Case:
    """Will open a case of a matter for an alarm, linked both ways; a second time gives it again.

    Locks the alarm. Raises: NotFound; NotAllowed; AlarmEnded; InvalidInput (matter: none of
    city operation in force of this code); what ``matters.services.open_case`` refuses.
    """
    alarm = lock_seen(actor, alarm_id)
    permissions.require_handle(actor, alarm)
    if alarm.case is not None:
        return alarm.case
    require_open(alarm)
    _require_discovery(matter)
    found = _open(actor, alarm, guess(alarm, matter=matter))
    note_deed(actor, "alarm.case_opened", alarm, case=found.pk, matter=matter)
    return found


@transaction.atomic
def open_ordered_case(alarm_id: int) -> Case | None:
    """Will open the case a rule, the kind or the table of types wants, once; else None.

    None also where it has ended or troubles nobody now: what was laid aside or silenced
    meanwhile orders its case again when it is taken up. Where a case is about the same thing
    already the alarm joins it instead (OP-27).
    Raises: InvalidInput (matter: none of city operation in force of this code).
    """
    alarm = lock_alarm(alarm_id)
    if alarm.case is not None or not alarm.is_open or alarm.is_quiet:
        return alarm.case
    meant = alarm.matter or matter_wanted(alarm.kind, alarm.tenant_id)
    there: Case | None = standing_case(meant, alarm) if meant else None
    if there is not None:
        return _join(alarm, there, meant)
    guessed = guess(alarm, meant=meant)
    if not guessed.matter:
        return None
    _require_discovery(guessed.matter)  # the order is kept and tried again, then parked
    return _open(SYSTEM, alarm, guessed)


def _require_discovery(matter: str) -> None:
    """Only matters whose kind has the service take what devices find (MT-02)."""
    if not matters_open_to(Service.DISCOVERY).filter(code=matter).exists():
        raise InvalidInput(_("请选择现行有效的城市运行事项"), field="matter")


@transaction.atomic
def follow_recovery(alarm_id: int) -> str:
    """Will end the case of an alarm that is over where its matter lets the system end it now.

    Only when every alarm of the case has ended. Else a remark tells whoever is at work.
    Gives the action done, "" where nothing could be.
    """
    alarm = Alarm.objects.select_related("case__version", "case__matter_type").get(pk=alarm_id)
    case = alarm.case
    if case is None or Alarm.objects.filter(case=case, ended_at__isnull=True).exists():
        return ""
    offered = {action.code for action in offered_actions(SYSTEM, case)}
    endings = endings_of(case.matter_type.code, case)
    action = next((code for code in endings if code in offered), "")
    if action:
        words = _("告警“%(alarm)s”已于%(at)s结束。") % {
            "alarm": alarm, "at": f"{alarm.ended_at:%Y-%m-%d %H:%M} UTC",
        }  # fmt: skip
        # Told once while somebody was at work, it is still ended once they have answered.
        key = f"alarm-{alarm.pk}-{'told' if action == 'remark' else 'ended'}"
        said = {"note": words} | ({"reason": words} if action == "void" else {})
        perform(SYSTEM, case_id=case.pk, action=action, data=said, key=key)
    return action


def follow_answer(case_id: int, event_id: int) -> bool:
    """Will order what follows the end of alarms that were over before the unit answered.

    event_id: of the answer; ordered once for each. Gives whether it was: every alarm is over.
    """
    alarms = _OF_CASE.all(case_id)
    if not alarms or any(alarm.is_open for alarm in alarms):
        return False
    last = alarms[-1].pk
    with transaction.atomic():
        outbox.enqueue(CLOSE_CASE, key=f"{last}-{event_id}", payload={"alarm": last})
    return True


def note_ended_case(case_id: int, *, text: str) -> int:
    """Will note with its alarms that a case has ended; gives how many.

    Asked whenever a case of the city ends, and hardly ever is there an alarm.
    """
    alarms = _OF_CASE.all(case_id)
    if not alarms:
        return 0
    with transaction.atomic():
        for alarm in alarms:
            write_event(alarm, EventKind.CASE_ENDED, text=text, case=case_id)
            tell_pages(alarm)
    return len(alarms)


def _open(actor: User | SystemActor, alarm: Alarm, guessed: Guess) -> Case:
    shown = evidence_of(alarm)
    outcome = open_case(
        actor,
        tenant=alarm.tenant,
        report=_report(alarm, guessed),
        files=[NewFile(picture.file, picture.name) for picture in shown.pictures],
        files_as=AttachmentPurpose.EVIDENCE,
        files_public=False,
    )
    case = outcome.case
    alarm.case, alarm.matter = case, guessed.matter
    alarm.save(update_fields=["case", "matter"])
    keep_discovery(alarm, case, guessed, shown)
    write_event(alarm, EventKind.CASE_OPENED, by=actor, text=case.number, case=case.pk)
    _dispatch(alarm, case)
    tell_pages(alarm)
    return case


def _join(alarm: Alarm, case: Case, matter: str) -> Case:
    """Ties an alarm to a case that is about the same thing already, and tells it of it."""
    alarm.case, alarm.matter = case, matter
    alarm.save(update_fields=["case", "matter"])
    write_event(alarm, EventKind.CASE_OPENED, text=case.number, case=case.pk)
    if any(action.code == "remark" for action in offered_actions(SYSTEM, case)):
        words = _("又有告警“%(alarm)s”：%(why)s") % {"alarm": alarm, "why": alarm.sentence}
        key = f"alarm-{alarm.pk}-joined"
        perform(SYSTEM, case_id=case.pk, action="remark", data={"note": words[:500]}, key=key)
    tell_pages(alarm)
    return case


def _report(alarm: Alarm, guessed: Guess) -> NewCase:
    told = {
        "pk": alarm.pk, "level": alarm.get_level_display(), "why": alarm.sentence,
        "about": alarm.about,
    }  # fmt: skip
    return NewCase(
        matter_type=guessed.matter,
        title=str(alarm)[:120],
        text=_("告警编号%(pk)d，%(level)s。%(why)s对象：%(about)s。") % told,
        channel=Channel.INTERNAL,
        lon=alarm.point.x if alarm.point else None,
        lat=alarm.point.y if alarm.point else None,
        address=alarm.about,
        class_code=guessed.class_code,
        priority=_PRIORITY.get(alarm.level, Priority.NORMAL),
        source_key=f"alarm:{alarm.pk}",
    )


def _dispatch(alarm: Alarm, case: Case) -> None:
    """Gives the case to the unit of the alarm where the matter leaves that to the system."""
    offered = {action.code for action in offered_actions(SYSTEM, case)}
    if alarm.unit is None or "dispatch" not in offered:
        return
    perform(
        SYSTEM,
        case_id=case.pk,
        action="dispatch",
        data={
            "unit": alarm.unit_id, "limit_amount": 1, "limit_unit": "calendar_days",
            "override_reason": _("告警对象的责任单位"),
        },
        key=f"alarm-{alarm.pk}-sent",
    )  # fmt: skip
