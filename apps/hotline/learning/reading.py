"""Each demand is read once, soon after it was registered: the outbox orders it with the case."""

from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_permission
from apps.audit import services as audit
from apps.common import clock, dictionaries, outbox
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.models import OutboxMessage
from apps.common.phrases import series
from apps.hotline.learning.dispatching import dispatch_alone
from apps.hotline.learning.permissions import require_alerts
from apps.hotline.models import Demand, Reading
from apps.hotline.selectors.vocabulary import CLASS_DICTIONARY
from apps.matters.models import Case
from apps.matters.selectors import visible_cases
from apps.nlp import selectors as nlp
from apps.nlp.danger import Alert, alerts_in
from apps.nlp.enums import DangerKind, Severity
from apps.nlp.permissions import ALERTS
from apps.notices import services as notices

TOPIC = "hotline.read"
NOTE_MAX = 200


def order_reading(case_id: int) -> None:
    """Will have a demand read as soon as its registration is committed, once."""
    outbox.enqueue(TOPIC, key=f"case:{case_id}", payload={"case_id": case_id})


@outbox.handles(TOPIC)
def read_ordered(message: OutboxMessage) -> None:
    """Will do what ``order_reading`` ordered."""
    read_demand(int(message.payload["case_id"]))


@transaction.atomic
def read_demand(case_id: int) -> Reading | None:
    """Will keep what the models and the lists make of a demand; a second time changes nothing.

    Tells those who watch for danger at once, and dispatches where the city wants that. None: the
    case is no demand. Locks the case where it dispatches.
    """
    demand = Demand.objects.select_related("case__tenant").filter(case_id=case_id).first()
    if demand is None:
        return None
    known = Reading.objects.filter(case_id=case_id).first()
    if known is not None:
        return known
    case = demand.case
    offered = nlp.offer_classes(case.text, title=case.title)
    rival = nlp.read_with_challenger(case.text, title=case.title)
    alerts = alerts_in(f"{case.title}\n{case.text}")
    reading = Reading(
        case=case,
        read_at=clock.now(),
        version=offered.version,
        offers=[_offer(offer) for offer in offered.offers],
        filled=offered.filled,
        known=offered.known,
        rival=rival[0] if rival else None,
        rival_codes=[guess.code for guess in rival[1].guesses] if rival else [],
        alerts=[_alert(alert) for alert in alerts],
        severity=max((alert.severity for alert in alerts), default=0),
    )
    reading.dispatch, reading.dispatch_reason = dispatch_alone(demand, offered, alerts)
    reading.save()
    if reading.severity >= Severity.URGENT:
        _tell(case, alerts)
    return reading


@transaction.atomic
def mark_seen(actor: User, *, case_id: int, note: str) -> Reading:
    """Will note that somebody looked at a warning, and what was done. Audited; locks the row.

    note: 2 to 200 characters. Raises: NotAllowed; NotFound; InvalidInput (field "note");
    Refused (no warning, or somebody has looked at it).
    """
    require_alerts(actor)
    found = Reading.objects.select_for_update().filter(case_id=case_id)
    reading = found.filter(case__in=visible_cases(actor).filter(pk=case_id)).first()
    if reading is None:
        raise NotFound(_("没有这条警示，或您无权查看"))
    if not 2 <= len(note.strip()) <= NOTE_MAX:
        raise InvalidInput(_("请用2至%s个字写明处置情况") % NOTE_MAX, field="note")
    if not reading.severity or reading.seen_at is not None:
        raise Refused(_("这条警示已有人处置"))
    before = audit.snapshot(reading, "seen_by_id", "seen_note")
    reading.seen_at, reading.seen_by, reading.seen_note = clock.now(), actor, note.strip()
    reading.save(update_fields=["seen_at", "seen_by", "seen_note"])
    audit.record(
        actor,
        "alert.seen",
        object_type="hotline.reading",
        object_id=reading.pk,
        object_label=str(case_id),
        data=audit.changes(before, audit.snapshot(reading, "seen_by_id", "seen_note")),
    )
    return reading


def _offer(offer: nlp.ClassOffer) -> dict[str, Any]:
    return {
        "code": offer.code,
        "label": dictionaries.label(CLASS_DICTIONARY, offer.code),
        "percent": round(offer.confidence * 100),
        "reasons": offer.reasons[:4],
    }


def _alert(alert: Alert) -> dict[str, Any]:
    return {"kind": alert.kind, "severity": alert.severity, "words": alert.words}


def _tell(case: Case, alerts: list[Alert]) -> None:
    kinds = series([str(DangerKind(alert.kind).label) for alert in alerts])
    words = series([word for alert in alerts for word in alert.words])
    watching = users_with_permission(ALERTS)
    watching = watching.filter(appointments__post__organization__tenant_id=case.tenant_id)
    notices.notify(
        recipients=watching.distinct(),
        kind="alert",
        title=_("警示诉求（%(kinds)s）：%(title)s") % {"kinds": kinds, "title": case.title},
        body=_("受理编号 %(number)s，出现“%(words)s”，请立即查看。")
        % {"number": case.number, "words": words},
        url=reverse("matters:case-detail", args=[case.pk]),
        key=f"alert:{case.pk}",
    )
