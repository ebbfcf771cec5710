"""Telling other systems who works here: one duty per person and application, retried, visible.

Whoever an application is meant for is made known to it by SCIM 2.0 before they ever sign on,
kept up to date, and switched off (never deleted) when they leave or are no longer meant. Writing
a person or a post marks the person in the same transaction; a nightly comparison finds what a
date alone changed, such as a post that ended yesterday. It never acts on a half picture: a
comparison that would switch off more than a tenth of the people stops and asks.
Source: AC-13; RFC 7644.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, F, Q
from django.utils.translation import gettext as _

from apps.accounts.approvals import services as approvals
from apps.accounts.approvals.registry import Execution, Proposal, Result
from apps.accounts.models import Appointment, HeldChange, User
from apps.accounts.selectors import in_force_q
from apps.audit.services import SYSTEM, Actor, changes, record
from apps.common import clock, outbox
from apps.common.errors import DomainError, InvalidInput, NotAllowed, NotFound, Refused
from apps.common.http import Answer, CallFailed, check_outgoing, get_bytes, send_json
from apps.common.memory import Memory
from apps.common.models import OutboxMessage
from apps.signon.enums import OPEN_DELIVERIES, ApplicationState, DeliveryState
from apps.signon.models import Application, PushedPerson, PushTarget
from apps.signon.permissions import can_manage, can_use
from apps.signon.scim import body_of, digest_of
from apps.signon.sealing import seal, unseal
from apps.signon.services.attempts import arrived, failed, left_alone_until, said

TOPIC = "signon.push"
ACT = "signon-push"
TIMEOUT_S = 3.0
#: A comparison that switches off more than this share of the people known there stops.
MOST_OFF, FEW_OFF = 0.1, 5
_targets: Memory[tuple[int, ...]] = Memory(of=("signon.PushTarget", "signon.Application"))


class _NotMeant(Exception):
    """Nobody over there knows this person, and nobody needs to."""


@dataclass
class Comparison:
    """What pushing everybody would do: keys of people."""

    new: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    off: list[int] = field(default_factory=list)
    same: int = 0

    @property
    def due(self) -> list[int]:
        return [*self.new, *self.changed, *self.off]


# --- Where to ---------------------------------------------------------------------------


@transaction.atomic
def set_push(actor: User, *, application_id: int, base_url: str, token: str) -> PushTarget:
    """Will keep where people of an application are told to; another address stops telling.

    token: "" keeps the one there is. Locks the application; audited without the token.
    Raises: NotFound; NotAllowed; InvalidInput (address or token cannot be accepted).
    """
    application = _lock(actor, application_id)
    base_url = base_url.strip().rstrip("/")
    try:
        check_outgoing(base_url)
    except InvalidInput as error:
        raise InvalidInput(str(error), field="base_url", code=error.code) from error
    except CallFailed as error:
        raise InvalidInput(_("找不到这个地址。"), field="base_url") from error
    target = PushTarget.objects.filter(application=application).first()
    if target is None and not token:
        raise InvalidInput(_("请填写对方给的访问令牌。"), field="token")
    before = {} if target is None else _stated(target)
    if target is None:
        target = PushTarget(application=application)
    elif target.base_url != base_url:
        target.is_on = False  # approved was the other address
        target.people.all().delete()
    target.base_url = base_url
    if token:
        target.sealed_token = seal(token)
    target.version = (target.version or 0) + 1 if target.pk else 1
    target.set_by, target.set_at = actor, clock.now()
    target.save()
    after = _stated(target) | {"token": "new" if token else "kept"}
    _note(actor, "push.set", application, **changes(before, after))
    return target


@transaction.atomic
def ask_to_push(actor: User, *, application_id: int, reason: str) -> HeldChange:
    """Will file the switching-on for a second person: personal data of many leaves the house.

    Raises: NotFound; NotAllowed; Refused (no address yet, on already); what the engine of
        approvals refuses.
    """
    application = _lock(actor, application_id)
    target = _target(application)
    if target.is_on:
        raise Refused(_("推送已经开启。"))
    proposal = Proposal(
        act=ACT,
        subject_type="signon.push",
        subject_id=application.pk,
        subject_label=application.name,
        organization=application.owner,
        payload={
            "target_id": target.pk,
            "base_url": target.base_url,
            "scopes": list(application.scopes),
            "people": len(compare(target).due),
        },
    )
    return approvals.file_change(actor, proposal=proposal, reason=reason)


def switch_on(execution: Execution) -> Result:
    """Will begin to tell people; called by the engine of approvals alone."""
    target = PushTarget.objects.select_for_update(of=("self",)).get(
        pk=execution.payload["target_id"]
    )
    target.is_on, target.failures, target.quiet_until = True, 0, None
    target.save()
    count = _order_all(target, compare(target).due)
    name = target.application.name
    difference = changes({"is_on": False}, {"is_on": True})
    _note(execution.maker, "push.switched_on", target.application, people=count, **difference)
    return Result(_("已开始向“%(name)s”推送 %(n)d 人。") % {"name": name, "n": count})


@transaction.atomic
def stop_push(actor: User, *, application_id: int) -> PushTarget:
    """Will tell no more; what the other side has stays there. Locks; audited.

    Raises: NotFound; NotAllowed; Refused (off already).
    """
    application = _lock(actor, application_id)
    target = _target(application)
    if not target.is_on:
        raise Refused(_("推送没有开启。"))
    target.is_on, target.held_back = False, None
    target.save(update_fields=["is_on", "held_back"])
    _note(actor, "push.stopped", application, **changes({"is_on": True}, {"is_on": False}))
    return target


@transaction.atomic
def push_all(actor: Actor, *, application_id: int, accept_off: bool = False) -> int:
    """Will compare everybody and order what differs; gives how many. Locks; audited.

    accept_off: a person has seen how many would be switched off and agrees.
    Raises: NotFound; NotAllowed; Refused (off, or too many would be switched off).
    """
    application = _lock(actor, application_id)
    target = _target(application)
    if not target.is_on:
        raise Refused(_("推送没有开启。"))
    found = compare(target)
    target.compared_at = clock.now()
    known = target.people.filter(is_active=True).count()
    if not accept_off and len(found.off) > max(FEW_OFF, MOST_OFF * known):
        target.held_back = len(found.off)
        target.save(update_fields=["compared_at", "held_back"])
        _note(actor, "push.held_back", application, off=len(found.off), known=known)
        return 0
    target.held_back = None
    target.save(update_fields=["compared_at", "held_back"])
    count = _order_all(target, found.due)
    _note(actor, "push.compared", application, new=len(found.new), off=len(found.off), due=count)
    return count


def push_nightly() -> int:
    """Will compare every live target that is on; gives how many people were ordered."""
    live = PushTarget.objects.filter(is_on=True, application__state=ApplicationState.LIVE)
    ids = live.values_list("application_id", flat=True)
    return sum(push_all(SYSTEM, application_id=found) for found in list(ids))


@transaction.atomic
def retry_person(actor: User, *, application_id: int, person_id: int) -> PushedPerson:
    """Will tell of one person once more, now. Locks; audited.

    Raises: NotFound; NotAllowed; Refused (it was not given up).
    """
    application = _lock(actor, application_id)
    person = (
        PushedPerson.objects.select_for_update(of=("self",))
        .filter(pk=person_id, target__application=application)
        .select_related("target", "user")
        .first()
    )
    if person is None:
        raise NotFound(_("没有这条推送记录。"))
    if person.state != DeliveryState.DEAD:
        raise Refused(_("这条推送不需要重发。"))
    PushTarget.objects.filter(pk=person.target_id).update(quiet_until=None, failures=0)
    _order_all(person.target, [person.user_id])
    difference = changes({"state": person.state}, {"state": DeliveryState.WAITING})
    _note(actor, "push.retried", application, person=person.user_id, **difference)
    person.refresh_from_db()
    return person


def push_version(payload: dict[str, Any]) -> str:
    """Will read, under lock, what a held switching-on rests on."""
    target = PushTarget.objects.select_for_update(of=("self",)).get(pk=payload["target_id"])
    return f"{target.pk}:{target.version}:{target.is_on}"


# --- Who ----------------------------------------------------------------------------------


def compare(target: PushTarget) -> Comparison:
    """Will say who is new over there, changed, or no longer meant; reads only."""
    known = {person.user_id: person for person in target.people.all()}
    found = Comparison()
    application = target.application
    is_open = not application.roles.exists() and not application.units.exists()
    for user, is_of_body in _concerned(application, known):
        person = known.get(user.pk)
        # Where the application names nobody, belonging to the body is the whole question.
        is_active = is_of_body if is_open and is_of_body else can_use(user, application)
        body = body_of(user, application, is_active=is_active)
        if person is None or not person.remote_id:
            if is_active:
                found.new.append(user.pk)
        elif person.digest == digest_of(body) and person.state == DeliveryState.SENT:
            found.same += 1
        elif person.is_active and not is_active:
            found.off.append(user.pk)
        else:
            found.changed.append(user.pk)
    return found


def mark_people(user_ids: Iterable[int]) -> None:
    """Will order that applications learn of these people anew, in the caller's transaction.

    For whom an application is meant is asked when it is told, not now.
    """
    for target_id in _targets.get("on", _read_targets):
        _order_all(PushTarget(pk=target_id), user_ids)


def _read_targets() -> tuple[int, ...]:
    on = PushTarget.objects.filter(is_on=True, application__state=ApplicationState.LIVE)
    return tuple(on.values_list("pk", flat=True))


def _concerned(
    application: Application, known: dict[int, PushedPerson]
) -> Iterator[tuple[User, bool]]:
    """Whoever is known over there, and the people of the body (of the city where shared).

    With whether an active person belongs to it.
    """
    body = Q(is_active=True)
    if not application.is_shared:
        tenant = application.owner.tenant_id
        posted = Appointment.objects.filter(in_force_q(), post__organization__tenant_id=tenant)
        body &= Q(tenant_id=tenant) | Q(pk__in=posted.values("user_id"))
    people = User.objects.annotate(is_of_body=ExpressionWrapper(body, BooleanField()))
    people = people.filter(Q(is_of_body=True) | Q(pk__in=list(known))).order_by("pk")
    for user in people.iterator(chunk_size=500):
        yield user, bool(user.is_of_body) and application.is_live


def _order_all(target: PushTarget, user_ids: Iterable[int]) -> int:
    moment, count = clock.now(), 0
    for user_id in sorted(set(user_ids)):
        person, _made = PushedPerson.objects.get_or_create(
            target=target,
            user_id=user_id,
            defaults={"state": DeliveryState.WAITING, "next_at": moment},
        )
        PushedPerson.objects.filter(pk=person.pk).update(
            state=DeliveryState.WAITING, attempts=0, next_at=moment, revision=F("revision") + 1
        )
        person.refresh_from_db(fields=["revision", "next_at"])
        _order(person, turn="0")
        count += 1
    return count


# --- Telling --------------------------------------------------------------------------------


@outbox.handles(TOPIC)
def deliver(message: OutboxMessage) -> None:
    """Will tell of one person as they are now; a failed attempt orders the next. Locks the row."""
    person = (
        PushedPerson.objects.select_for_update(of=("self",))
        .select_related("target__application__owner", "user")
        .filter(pk=message.payload["person"], state__in=OPEN_DELIVERIES)
        .first()
    )
    if person is None or not person.target.is_on or not person.target.application.is_live:
        return
    target = person.target
    until = left_alone_until(target)
    if until is not None:
        person.next_at = until
        person.save(update_fields=["next_at"])
        _order(person, turn=f"quiet{until.timestamp():.0f}")
        return
    person.attempts += 1
    try:
        answer = _tell(person)
    except _NotMeant:
        person.delete()
        return
    except (CallFailed, DomainError, ValueError, LookupError) as error:
        _failed(person, status=None, why=str(error))
        return
    if 200 <= answer.status < 300:
        arrived(person, target, status=answer.status)
    else:
        _failed(person, status=answer.status, why=said(answer))


def _tell(person: PushedPerson) -> Answer:
    """Sends what is due and notes on the row what the other side then knows."""
    application = person.target.application
    is_active = can_use(person.user, application)
    body = body_of(person.user, application, is_active=is_active)
    if not person.remote_id and not is_active:
        raise _NotMeant
    if not person.remote_id:
        person.remote_id = _find(person)
    if person.remote_id:
        answer = _send("PUT", person, f"/Users/{quote(person.remote_id, safe='')}", body)
        if answer.status == 404:  # deleted over there: made anew by the next attempt
            person.remote_id = ""
            return Answer(503, answer.body)
    else:
        answer = _send("POST", person, "/Users", body)
        if answer.status == 201:
            person.remote_id = str(answer.json()["id"])[:200]
    if 200 <= answer.status < 300:
        person.digest, person.is_active = digest_of(body), is_active
    return answer


def _find(person: PushedPerson) -> str:
    """The identifier the other side has for this name, "" for none."""
    name = person.user.username.replace("\\", "\\\\").replace('"', '\\"')
    query = quote(f'userName eq "{name}"')
    url = f"{person.target.base_url}/Users?filter={query}"
    answer = get_bytes(url, headers=_headers(person.target), timeout_s=TIMEOUT_S)
    if answer.status != 200:
        raise CallFailed(said(answer))
    found = answer.json().get("Resources") or []
    return str(found[0]["id"])[:200] if found else ""


def _send(method: str, person: PushedPerson, path: str, body: dict[str, object]) -> Answer:
    url = f"{person.target.base_url}{path}"
    return send_json(method, url, body, headers=_headers(person.target), timeout_s=TIMEOUT_S)


def _headers(target: PushTarget) -> dict[str, str]:
    token = unseal(target.sealed_token)
    if token is None:
        raise LookupError(_("访问令牌无法解开，请重新填写。"))
    return {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/scim+json",
        "Accept": "application/scim+json",
    }


def _failed(person: PushedPerson, *, status: int | None, why: str) -> None:
    if failed(person, person.target, status=status, why=why):
        _order(person, turn=str(person.attempts))


def _order(person: PushedPerson, *, turn: str) -> None:
    outbox.enqueue(
        TOPIC,
        key=f"{person.pk}:{person.revision}:{turn}",
        payload={"person": person.pk},
        available_at=person.next_at,
    )


# --- Small ----------------------------------------------------------------------------------


def _lock(actor: Actor, application_id: int) -> Application:
    application = (
        Application.objects.select_for_update(of=("self",))
        .select_related("owner")
        .filter(pk=application_id)
        .first()
    )
    if application is None:
        raise NotFound(_("没有这个接入应用。"))
    if not can_manage(actor, application.owner.tenant_id):
        raise NotAllowed(_("您没有管理该应用的权限。"))
    return application


def _target(application: Application) -> PushTarget:
    target = PushTarget.objects.filter(application=application).first()
    if target is None:
        raise Refused(_("请先填写对方的地址和访问令牌。"))
    return target


def _stated(target: PushTarget) -> dict[str, object]:
    return {"base_url": target.base_url, "is_on": target.is_on}


def _note(actor: Actor, action: str, application: Application, **data: object) -> None:
    record(
        actor,
        action,
        object_type="signon.application",
        object_id=application.pk,
        object_label=application.name,
        data=data,
    )
