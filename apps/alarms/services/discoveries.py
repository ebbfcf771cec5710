"""What an alarm is taken for when it becomes a case, what it rests on, and who says it is right.

The case keeps its own copy of the evidence: readings are dropped by the day and a camera's
pictures too. Source: MT-21.
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.alarms import finding_types, permissions
from apps.alarms.enums import EventKind, GuessOrigin, GuessVerdict
from apps.alarms.models import Alarm, Discovery
from apps.alarms.registry import Evidence, Series
from apps.alarms.services._shared import lock_seen, note_deed, tell_pages, write_event
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.matters.models import Case, CaseEvent
from apps.matters.registry import extension_of
from apps.matters.services import perform
from apps.rules.models import Decision

NOTE_MAX, REASON_MAX, POINTS_MOST = 300, 500, 200
_JUDGED = ("verdict", "final_code", "final_label", "note", "judged_by", "judged_at")


@dataclass(frozen=True)
class Guess:
    """What an alarm is taken for. matter, class_code: "" where nobody can say."""

    matter: str
    matter_from: GuessOrigin
    class_code: str
    class_label: str
    reason: str
    decision: Decision | None


def guess(alarm: Alarm, *, matter: str = "", meant: str = "") -> Guess:
    """Will say what case an alarm would become, and keep the table's decision about it.

    matter: as a person chose it. meant: as its rule or its kind does, which goes before the
    table's.
    """
    decision = finding_types.ask(alarm)
    said: dict[str, Any] = (decision.outputs or [{}])[0] if decision is not None else {}
    named = GuessOrigin.RULE if alarm.matter else GuessOrigin.KIND
    origin = GuessOrigin.PERSON if matter else named
    wanted = matter or meant
    if not wanted:
        wanted, origin = str(said.get("matter") or ""), GuessOrigin.TABLE
    code = str(said.get("class") or "")
    label = dict(extension_of(wanted).class_choices()).get(code, "") if code else ""
    if code and not label:  # the code list changed under the table: the case goes without
        code = ""
    return Guess(wanted, origin, code, label, _reason(alarm, origin, decision), decision)


def _reason(alarm: Alarm, origin: GuessOrigin, decision: Decision | None) -> str:
    by = _("立案事项由%s确定") % origin.label
    if origin == GuessOrigin.RULE and alarm.rule_version:
        by = _("立案事项由阈值规则%(rule)s第%(version)d版确定") % {
            "rule": alarm.title, "version": alarm.rule_version,
        }  # fmt: skip
    told = decision.explanation if decision is not None else _("没有生效的类型推测表")
    return f"{by}；{told}"[:REASON_MAX]


def keep_discovery(alarm: Alarm, case: Case, guessed: Guess, shown: Evidence) -> Discovery:
    """Will keep with the case what it was opened for and on what. The caller holds the alarm."""
    return Discovery.objects.create(
        alarm=alarm, case=case, opened_at=clock.now(), matter=guessed.matter,
        matter_from=guessed.matter_from, class_code=guessed.class_code,
        class_label=guessed.class_label, reason=guessed.reason, decision=guessed.decision,
        evidence={
            "series": [_plain(series) for series in shown.series if series.points],
            "pictures": [
                {"name": one.name, "sha256": one.file.sha256, "at": one.at.isoformat()}
                for one in shown.pictures
            ],
        },
    )  # fmt: skip


def _plain(series: Series) -> dict[str, Any]:
    points = series.points[-POINTS_MOST:]
    return {
        "label": series.label, "unit": series.unit,
        "points": [[at.isoformat(), value] for at, value in points],
    }  # fmt: skip


@transaction.atomic
def judge_discovery(actor: User, *, alarm_id: int, class_code: str, note: str = "") -> Discovery:
    """Will keep what a person says the finding is: as proposed, or another class, with a reason.

    Another class than the case has is written into the case by its own action ``correct``, so
    that its rules are asked again. The same judgement again changes nothing. Locks the alarm,
    then the case.

    Raises: NotFound (out of reach, or no case was opened for it); NotAllowed; InvalidInput
        (class_code: not of the list; note: a correction without a reason, too long); what
        ``matters.services.perform`` refuses. Source: MT-21.
    """
    alarm = lock_seen(actor, alarm_id)
    permissions.require_handle(actor, alarm)
    found = Discovery.objects.select_related("case__matter_type").filter(alarm=alarm).first()
    if found is None:
        raise NotFound(_("这条告警没有立案"))
    label = dict(extension_of(found.matter).class_choices()).get(class_code)
    if not label:
        raise InvalidInput(_("请选择分类"), field="class_code")
    said = note.replace("\x00", "").strip()
    if len(said) > NOTE_MAX:
        raise InvalidInput(_("核定说明不能超过%d个字") % NOTE_MAX, field="note")
    is_right = class_code == found.class_code
    if not is_right and not said:
        raise InvalidInput(_("请写明更正的理由"), field="note")
    if found.verdict != GuessVerdict.OPEN and found.final_code == class_code:
        return found
    if found.case.class_code != class_code:
        _correct_case(actor, found.case, class_code, said or _("按智能发现的推测恢复"))
    verdict = GuessVerdict.CONFIRMED if is_right else GuessVerdict.CORRECTED
    _write(actor, found, verdict, class_code, label, said)
    return found


def _correct_case(actor: User, case: Case, class_code: str, reason: str) -> None:
    lon, lat = case.point.coords if case.point is not None else (None, None)
    data = {
        "class_code": class_code, "priority": case.priority, "address": case.address,
        "lon": lon, "lat": lat, "reason": reason,
    }  # fmt: skip
    perform(actor, case_id=case.pk, action="correct", data=data)


def _write(
    actor: User, found: Discovery, verdict: GuessVerdict, code: str, label: str, note: str
) -> None:
    before = audit.snapshot(found, *_JUDGED)
    found.verdict, found.final_code, found.final_label = verdict, code, label
    found.note, found.judged_by, found.judged_at = note, actor, clock.now()
    found.save(update_fields=_JUDGED)
    text = f"{verdict.label}：{label}" + (f"（{note}）" if note else "")
    write_event(found.alarm, EventKind.JUDGED, by=actor, text=text, case=found.case_id)
    changed = audit.changes(before, audit.snapshot(found, *_JUDGED))
    note_deed(actor, "alarm.finding_judged", found.alarm, case=found.case_id, **changed)
    tell_pages(found.alarm)


@transaction.atomic
def follow_correction(case_id: int, event_id: int) -> int:
    """Will keep a class corrected on the case itself as the judgement of its findings.

    Only of those nobody has judged yet; gives how many. Locks them.
    """
    open_ones = Discovery.objects.select_for_update(of=("self",)).select_related("alarm", "case")
    found = list(open_ones.filter(case_id=case_id, verdict=GuessVerdict.OPEN).order_by("pk"))
    event = CaseEvent.objects.filter(pk=event_id).first() if found else None
    if event is None or event.actor_id is None:
        return 0
    person = User.objects.get(pk=event.actor_id)
    changed = [one for one in found if one.case.class_code != one.class_code]
    for one in changed:
        case = one.case
        _write(
            person, one, GuessVerdict.CORRECTED, case.class_code, case.class_label,
            event.note[:NOTE_MAX],
        )  # fmt: skip
    return len(changed)
