"""Calls to assistants: counted, bounded, recorded, paused after failures.

The row of a call is written before anything leaves; the call itself is in no transaction.
Source: TX-05, TX-06, decision 0099.
"""

import hashlib
import time
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.assist.enums import FAILED, AssistKind, Outcome, Place
from apps.assist.errors import AssistantAway
from apps.assist.models import Assistant, AssistCall
from apps.assist.registry import Access, AssistFailed, Question, Value, get_dialect
from apps.assist.samples import sample_of
from apps.assist.selectors import find_assistant_for
from apps.assist.services import keeping
from apps.audit import services as audit
from apps.common import clock, ratelimit
from apps.common.errors import InvalidInput, TooMany
from apps.common.files import read_picture
from apps.common.sniffing import sniff
from apps.gateway.sealing import unseal

A_MINUTE = 20  # calls of one person; nobody confirms values faster
FAILURES_MOST, PAUSE = 3, timedelta(minutes=1)
LARGEST_RECORDING_BYTES = 5 * 1024 * 1024  # five minutes as telephones record


@dataclass(frozen=True)
class Given:
    """What an assistant gave, to be confirmed value by value. key: of the call. rows: a table's."""

    key: UUID
    assistant: str
    version: str
    values: tuple[Value, ...]
    rows: tuple[tuple[Value, ...], ...] = ()


def read_speech(person: User, *, recording: "File[bytes]", place: Place) -> Given:
    """Will have a recording written down; it is kept nowhere.

    Raises: InvalidInput (field "file"); AssistantAway; TooMany (quota).
    """
    if recording.size > LARGEST_RECORDING_BYTES:
        raise InvalidInput(_("录音不能超过5 MB"), field="file")
    content = recording.read()
    kind = sniff(content)
    if kind is None or kind.group != "audio":
        raise InvalidInput(_("请选择录音文件（mp3、m4a、wav、ogg、amr、webm）"), field="file")
    return ask(person, AssistKind.SPEECH, Question(content, kind.media_type), place=place)


def read_card(person: User, *, picture: "File[bytes]", place: Place) -> Given:
    """Will have an identity card read from a picture, written anew and kept nowhere.

    Raises: InvalidInput (field "file"); AssistantAway; TooMany (quota).
    """
    return ask(person, AssistKind.CARD, _seen(picture), place=place)


def read_table(person: User, *, picture: "File[bytes]") -> Given:
    """Will have a table read from a picture, written anew and kept nowhere.

    Raises: InvalidInput (field "file"); AssistantAway; TooMany (quota).
    """
    return ask(person, AssistKind.TABLE, _seen(picture), place=Place.SHEET)


def _seen(picture: "File[bytes]") -> Question:
    content = read_picture(picture)
    kind = sniff(content)
    return Question(content, kind.media_type if kind is not None else "image/jpeg")


def ask(person: User, kind: AssistKind, question: Question, *, place: Place) -> Given:
    """Will ask whatever assistant is on for a person. Not within a transaction.

    Locks the assistant twice for a moment; audited. Raises: AssistantAway; TooMany.
    """
    assistant = find_assistant_for(person, kind)
    if assistant is None:
        raise AssistantAway(_("没有可用的%(kind)s服务，请手工填写") % {"kind": kind.label})
    return _ask(person, assistant.pk, question, place=place, is_on=True)


def try_assistant(actor: User, *, assistant_id: int) -> Given:
    """Will ask with a made-up sample, whether it is on or not; counts like any call.

    Raises: NotAllowed; NotFound; AssistantAway (with what is wrong); TooMany.
    """
    with transaction.atomic():
        assistant = keeping.lock(actor, assistant_id)
    question = sample_of(AssistKind(assistant.kind))
    return _ask(actor, assistant_id, question, place=Place.TEST, is_on=False)


def _ask(
    person: User, assistant_id: int, question: Question, *, place: Place, is_on: bool
) -> Given:
    ratelimit.hit("assist.ask", str(person.pk), limit=A_MINUTE, per_seconds=60)
    assistant, access, call = _begin(person, assistant_id, question, place=place, is_on=is_on)
    started = time.monotonic()
    try:
        reply = get_dialect(assistant.dialect).ask(access, question)
    except AssistFailed as error:
        _end(person, call, started, outcome=error.outcome, why=str(error))
        words = {"name": assistant.name, "outcome": error.outcome.label}
        raise AssistantAway(_("“%(name)s”没有给出结果：%(outcome)s，请手工填写") % words) from error
    told = [*reply.values, *(cell for row in reply.rows for cell in row)]
    said = "\n".join(f"{value.name}={value.value}" for value in told)
    _end(
        person, call, started, outcome=Outcome.DONE, version=reply.version,
        output_digest=digest(said.encode()),
    )  # fmt: skip
    return Given(call.key, assistant.name, reply.version, reply.values, reply.rows)


@transaction.atomic
def _begin(
    person: User, assistant_id: int, question: Question, *, place: Place, is_on: bool
) -> tuple[Assistant, Access, AssistCall]:
    assistant = Assistant.objects.select_for_update().get(pk=assistant_id)
    now = clock.now()
    if is_on and not assistant.is_on:
        raise AssistantAway(_("“%(name)s”已停用，请手工填写") % {"name": assistant.name})
    if is_on and assistant.paused_until is not None and assistant.paused_until > now:
        raise AssistantAway(_("“%(name)s”暂时不可用，请手工填写") % {"name": assistant.name})
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    if assistant.calls.filter(at__gte=today).count() >= assistant.daily_quota:
        raise TooMany(_("“%(name)s”今日次数已用完，请手工填写") % {"name": assistant.name})
    # Before the row is written: a secret that cannot be opened is no call.
    secret = unseal(assistant.secret) if assistant.secret else ""
    access = Access(assistant.address, secret, assistant.model, assistant.timeout_s)
    asked = question.instructions.encode() + question.content
    call = AssistCall.objects.create(
        key=uuid4(), assistant=assistant, person=person, place=place, at=now,
        input_digest=digest(asked),
    )  # fmt: skip
    return assistant, access, call


@transaction.atomic
def _end(
    person: User,
    call: AssistCall,
    started: float,
    *,
    outcome: Outcome,
    version: str = "",
    output_digest: str = "",
    why: str = "",
) -> None:
    assistant = Assistant.objects.select_for_update().get(pk=call.assistant_id)
    call.took_ms = round((time.monotonic() - started) * 1000)
    call.outcome, call.version, call.output_digest = outcome, version, output_digest
    call.save(update_fields=["took_ms", "outcome", "version", "output_digest"])
    assistant.failures = assistant.failures + 1 if outcome in FAILED else 0
    if assistant.failures >= FAILURES_MOST:
        assistant.paused_until = clock.now() + PAUSE
    elif outcome == Outcome.DONE:
        assistant.paused_until = None
    assistant.save(update_fields=["failures", "paused_until"])
    audit.record_row(
        person, "assistant.asked", assistant, call=str(call.key), place=call.place,
        outcome=str(outcome.value), version=version, input_digest=call.input_digest, why=why,
    )  # fmt: skip


def digest(content: bytes) -> str:
    """Will give the SHA-256 of what was sent or said."""
    return hashlib.sha256(content).hexdigest()
