"""Topics from detection to the case that is made of one, before more complain (未诉先办).

Detected by the scan, judged by a person, followed by the scan, handled as a matter of its own,
closed with its case. A deed on a topic somebody else has moved on is refused. Source: TX-03.
"""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, Tenant, User
from apps.accounts.selectors import users_with_permission
from apps.audit.services import SYSTEM, SystemActor, changes, record, snapshot
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.matters.enums import Channel, LinkKind
from apps.matters.models import Case, CaseEvent
from apps.matters.selectors import responsible_unit, visible_cases
from apps.matters.services import NewCase, ensure_shipped_matter, link_cases, open_case, perform
from apps.notices import services as notices
from apps.voices import permissions
from apps.voices.enums import LIVE_TOPICS, DismissReason, TopicSource, TopicState
from apps.voices.errors import TopicMoved
from apps.voices.models import HeatScan, HotSpot, RisingPhrase, Topic, TopicReport
from apps.voices.services.scanning import cases_of_spot, scan_day, week_of

MATTER = "voices.early"
SHIPPED = "fixtures/voices/early.json"
REPORTS_MOST = 500
LINKED_MOST = 20
NAME_MAX, NOTE_MAX = 60, 300
ARCHIVE_AFTER = timedelta(days=30)
_FIELDS = (
    "state", "name", "unit", "confirmed_by_name", "case", "dismiss_reason", "note",
)  # fmt: skip


@transaction.atomic
def raise_topics(scan: HeatScan) -> int:
    """Will turn what a scan found into topics, and lead new reports to those that live.

    The same place and class, or the same words, are the same topic while it lives; a scan run
    again adds nothing twice. Gives how many topics are new. Announces nothing: nobody is called
    before a person has looked.
    """
    tenant, new = scan.tenant, 0
    for spot in scan.spots.select_related("area"):
        key = f"spot:{spot.area_id}:{spot.class_code}"
        new += _found(scan, key, _of_spot(spot))
    for phrase in scan.phrases.all():
        new += _found(scan, f"phrase:{phrase.text}", _of_phrase(phrase, tenant))
    for topic in _living(tenant).select_related("area"):
        _follow(topic, _reports_of(topic, scan), scan.day)
    return new


def scan_all() -> int:
    """Will scan today for every tenant with an area and raise topics; gives how many are new.

    Each tenant in a transaction of its own.
    """
    new = 0
    for tenant in Tenant.objects.filter(area__isnull=False).select_related("area").order_by("pk"):
        new += raise_topics(scan_day(tenant, day=clock.today()))
    return new


def _living(tenant: Tenant) -> QuerySet[Topic]:
    return Topic.objects.filter(tenant=tenant, state__in=LIVE_TOPICS).order_by("pk")


def _found(scan: HeatScan, key: str, said: dict[str, Any]) -> bool:
    moment = clock.now()
    topic, is_new = Topic.objects.get_or_create(
        tenant=scan.tenant,
        key=key,
        state__in=LIVE_TOPICS,
        defaults=said
        | {
            "state": TopicState.DETECTED,
            "first_on": scan.day,
            "last_on": scan.day,
            "found_at": moment,
            "changed_at": moment,
        },
    )
    if not is_new and topic.last_on < scan.day:
        topic.last_on, topic.why = scan.day, said["why"]
        topic.save(update_fields=["last_on", "why"])
    if is_new:
        _note(SYSTEM, "topic.detected", topic, {})
    return is_new


def _of_spot(spot: HotSpot) -> dict[str, Any]:
    why = _("%(window)s %(n)d 人反映，按前 8 周同期应约 %(m).1f 人（p=%(p).2g，q=%(q).2g）") % {
        "window": spot.get_window_display(), "n": spot.observed, "m": spot.expected,
        "p": spot.p_value, "q": spot.q_value,
    }  # fmt: skip
    answer = responsible_unit(
        tenant_id=spot.tenant_id, class_code=spot.class_code, area_path=spot.area_path
    )
    return {
        "source": TopicSource.HOT_SPOT,
        "name": f"{spot.area.name}·{spot.class_label}"[:NAME_MAX],
        "area": spot.area,
        "area_path": spot.area_path,
        "class_code": spot.class_code,
        "class_label": spot.class_label,
        "why": why,
        "unit": answer.unit,
        "unit_path": answer.unit.path if answer.unit else "",
        "unit_why": answer.sentence()[:400],
    }


def _of_phrase(phrase: RisingPhrase, tenant: Tenant) -> dict[str, Any]:
    return {
        "source": TopicSource.PHRASE,
        "name": f"“{phrase.text}”",
        "area": tenant.area,
        "area_path": tenant.area.path if tenant.area else "",
        "phrase": phrase.text,
        "why": _("近 7 天 %(n)d 件提到“%(text)s”，按前 8 周应约 %(m).1f 件（G²=%(g).0f）")
        % {"n": phrase.observed, "text": phrase.text, "m": phrase.expected, "g": phrase.strength},
    }


def _reports_of(topic: Topic, scan: HeatScan) -> list[int]:
    """The reports of the week that speak of a topic, the newest first."""
    if topic.source == TopicSource.HOT_SPOT:
        found = cases_of_spot(scan.tenant, topic.area_path, topic.class_code, scan.day, 7)
    else:
        words = Q(title__icontains=topic.phrase) | Q(text__icontains=topic.phrase)
        found = week_of(scan.tenant, scan.day).filter(words, is_confidential=False)
    return list(found.order_by("-id").values_list("pk", flat=True)[:REPORTS_MOST])


def _follow(topic: Topic, case_ids: Iterable[int], day: date) -> None:
    moment = clock.now()
    TopicReport.objects.bulk_create(
        [TopicReport(topic=topic, case_id=key, joined_at=moment) for key in case_ids],
        ignore_conflicts=True,
    )
    counted = topic.found.aggregate(
        reports=Count("pk"),
        known=Count(
            "case__demand__reporter_phone",
            distinct=True,
            filter=~Q(case__demand__reporter_phone=""),
        ),
        unknown=Count("pk", filter=Q(case__demand__reporter_phone="") | Q(case__demand=None)),
    )
    topic.reports = counted["reports"]
    topic.reporters = counted["known"] + counted["unknown"]
    topic.save(update_fields=["reports", "reporters"])


# --- A person's deeds ------------------------------------------------------------------


@transaction.atomic
def confirm_topic(actor: User, *, topic_id: int, name: str, unit: Organization) -> Topic:
    """Will say that this is a topic, name it and make a unit responsible, which is told.

    Raises: NotFound; NotAllowed; TopicMoved (judged already); InvalidInput (name; unit: of
    another tenant or closed).
    """
    topic = _lock(actor, topic_id, TopicState.DETECTED)
    words = name.replace("\x00", "").strip()
    if not 1 <= len(words) <= NAME_MAX:
        raise InvalidInput(_("专题名称须填写，最多 %d 个字") % NAME_MAX, field="name")
    if unit.tenant_id != topic.tenant_id or not unit.is_active:
        raise InvalidInput(_("请选择本级在用的单位"), field="unit")
    before = snapshot(topic, *_FIELDS)
    topic.name, topic.unit, topic.unit_path = words, unit, unit.path
    topic.confirmed_by_name = actor.display_name
    _move(actor, "topic.confirmed", topic, before, to=TopicState.FOLLOWED)
    notices.notify(
        recipients=users_with_permission("matters.handle_case", organization=unit),
        kind="topic",
        title=_("诉求专题：%s") % topic.name,
        body=topic.why,
        url=f"/voices/topics/{topic.pk}/",
        key=f"topic:{topic.pk}:confirmed",
    )
    return topic


@transaction.atomic
def dismiss_topic(actor: User, *, topic_id: int, reason: str, note: str = "") -> Topic:
    """Will say that this is none; the same place and class must be clearer from then on.

    Raises: NotFound; NotAllowed; TopicMoved; InvalidInput (reason; note, needed for 其他).
    """
    topic = _lock(actor, topic_id, TopicState.DETECTED, TopicState.FOLLOWED)
    if reason not in DismissReason.values:
        raise InvalidInput(_("请选择排除原因"), field="reason")
    said = _checked_note(note, needed=reason == DismissReason.OTHER)
    before = snapshot(topic, *_FIELDS)
    topic.dismiss_reason, topic.note = reason, said
    return _move(actor, "topic.dismissed", topic, before, to=TopicState.DISMISSED)


@transaction.atomic
def make_case(actor: User, *, topic_id: int, days: int) -> Topic:
    """Will open a matter of its own for a topic and give it to the unit responsible (未诉先办).

    days: calendar days to handle it, 1 to 60. Linked with up to twenty of the topic's reports
    that the actor sees. Once: a second time the topic has moved on.

    Raises: NotFound; NotAllowed; TopicMoved; InvalidInput (days; unit: none confirmed), and what
    the engine refuses.
    """
    topic = _lock(actor, topic_id, TopicState.FOLLOWED)
    if days not in range(1, 61):
        raise InvalidInput(_("办理天数须为 1 至 60"), field="days")
    if topic.unit is None:
        raise InvalidInput(_("请先确认责任单位"), field="unit")
    shipped = json.loads((settings.BASE_DIR / SHIPPED).read_text(encoding="utf-8"))
    ensure_shipped_matter(SYSTEM, shipped=shipped)
    case = _opened(actor, topic)
    perform(
        actor,
        case_id=case.pk,
        action="dispatch",
        data={
            "unit": topic.unit.pk,
            "limit_amount": days,
            "limit_unit": "calendar_days",
            "override_reason": _("按诉求专题确认的责任单位"),
        },
        key=f"topic:{topic.pk}:dispatch",
    )
    _link(actor, topic, case)
    before = snapshot(topic, *_FIELDS)
    topic.case = case
    return _move(actor, "topic.case_opened", topic, before, to=TopicState.HANDLED)


def _opened(actor: User, topic: Topic) -> Case:
    points = topic.found.filter(case__point__isnull=False).order_by("-case_id")
    point = points.values_list("case__point", flat=True).first()
    return open_case(
        actor,
        tenant=topic.tenant,
        report=NewCase(
            matter_type=MATTER,
            title=topic.name,
            text=_("%(why)s。共 %(n)d 件诉求、%(people)d 人反映，请提前处置。")
            % {"why": topic.why, "n": topic.reports, "people": topic.reporters},
            channel=Channel.INTERNAL,
            lon=point.x if point is not None else None,
            lat=point.y if point is not None else None,
            address=topic.area.name if topic.area else "",
            class_code=topic.class_code,
            source_key=f"topic:{topic.pk}",
        ),
    ).case


def _link(actor: User, topic: Topic, case: Case) -> None:
    seen = visible_cases(actor).filter(pk__in=topic.found.values("case_id")).order_by("-id")
    for key in list(seen.values_list("pk", flat=True)[:LINKED_MOST]):
        link_cases(SYSTEM, source_id=case.pk, target_id=key, kind=LinkKind.RELATED)


@transaction.atomic
def close_topic(actor: User, *, topic_id: int, note: str) -> Topic:
    """Will end a followed topic that needed no case. Raises: NotFound; NotAllowed; TopicMoved;
    InvalidInput (note)."""
    topic = _lock(actor, topic_id, TopicState.FOLLOWED)
    before = snapshot(topic, *_FIELDS)
    topic.note = _checked_note(note, needed=True)
    return _move(actor, "topic.closed", topic, before, to=TopicState.CLOSED)


# --- By itself -------------------------------------------------------------------------


def follow_early(case: Case, event: CaseEvent) -> None:
    """Will close a topic with the case that was made of it, in the transaction of its event."""
    if not case.is_ended:
        return
    topic = Topic.objects.select_for_update(of=("self",)).filter(case=case).first()
    if topic is None or topic.state != TopicState.HANDLED:
        return
    before = snapshot(topic, *_FIELDS)
    topic.note = event.public_text[:NOTE_MAX]
    _move(SYSTEM, "topic.closed", topic, before, to=TopicState.CLOSED)


def archive_topics() -> int:
    """Will put away topics closed 30 days ago; gives how many. Safe to run at any time."""
    horizon = clock.now() - ARCHIVE_AFTER
    done = 0
    waiting = Topic.objects.filter(state=TopicState.CLOSED, changed_at__lt=horizon)
    for key in list(waiting.order_by("pk").values_list("pk", flat=True)[:500]):
        with transaction.atomic():
            topic = waiting.select_for_update(of=("self",), skip_locked=True).filter(pk=key).first()
            if topic is not None:
                before = snapshot(topic, *_FIELDS)
                _move(SYSTEM, "topic.archived", topic, before, to=TopicState.ARCHIVED)
                done += 1
    return done


def _lock(actor: User, topic_id: int, *states: TopicState) -> Topic:
    topic = (
        Topic.objects.select_for_update(of=("self",))
        .select_related("tenant", "unit", "area")
        .defer("area__boundary")
        .filter(permissions.topics_q(actor), pk=topic_id)
        .first()
    )
    if topic is None:
        raise NotFound(_("没有这个专题，或您无权查看"))
    permissions.require_keep_topic(actor, topic)
    if topic.state not in states:
        raise TopicMoved(_("专题当前为“%s”，不能执行该操作") % topic.get_state_display())
    return topic


def _move(
    actor: User | SystemActor,
    action: str,
    topic: Topic,
    before: dict[str, Any],
    *,
    to: TopicState,
) -> Topic:
    topic.state, topic.changed_at = to, clock.now()
    topic.save(update_fields=[*_FIELDS, "unit_path", "changed_at"])
    _note(actor, action, topic, before)
    return topic


def _note(actor: User | SystemActor, action: str, topic: Topic, before: dict[str, Any]) -> None:
    record(
        actor,
        action,
        object_type="topic",
        object_id=topic.pk,
        object_label=topic.name,
        data=changes(before, snapshot(topic, *_FIELDS)),
    )


def _checked_note(note: str, *, needed: bool) -> str:
    said = note.replace("\x00", "").strip()
    if len(said) > NOTE_MAX or (needed and not said):
        raise InvalidInput(_("说明须填写，最多 %d 个字") % NOTE_MAX, field="note")
    return said
