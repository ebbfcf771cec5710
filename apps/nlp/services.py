"""The life of a text model: ordered, trained, tried in silence, released by a second person.

Pages of ``hotline`` call these; the trainer calls ``claim``, ``train_claimed`` in its task.
Source: TX-01, docs/decisions/0074.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import SYSTEM, Actor
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput, NotFound, Refused
from apps.nlp import permissions
from apps.nlp.enums import CHALLENGING, ModelState
from apps.nlp.learned import Example
from apps.nlp.models import TextModel, TextModelBody

NOTE_MAX = 200
#: A trainer that was silent so long has died; another takes the order up.
LEASE = timedelta(minutes=20)
MOST_ATTEMPTS = 3


@transaction.atomic
def order_training(actor: Actor, *, note: str = "") -> TextModel:
    """Will order a new version; the trainer takes it up within a minute. Audited.

    Raises: NotAllowed; InvalidInput (field "note"); Refused (one is being trained).
    """
    permissions.require_keep(actor)
    if len(note) > NOTE_MAX:
        raise InvalidInput(_("说明不能超过%s个字") % NOTE_MAX, field="note")
    last = TextModel.objects.aggregate(n=Max("number"))["n"] or 0
    try:
        with transaction.atomic():
            model = TextModel.objects.create(
                number=last + 1,
                state=ModelState.TRAINING,
                note=note.strip(),
                created_at=clock.now(),
                author_id=actor.pk,
            )
    except IntegrityError as error:
        raise Refused(_("已有一版模型正在训练，请等它完成")) from error
    _note(actor, "text_model.ordered", model, {"note": model.note})
    return model


@transaction.atomic
def claim() -> TextModel | None:
    """Will take up the ordered training, or one whose trainer died; None: nothing to do.

    After three attempts it is given up. Locks the row; two trainers never take the same.
    """
    waiting = TextModel.objects.select_for_update(skip_locked=True)
    model = waiting.filter(state=ModelState.TRAINING).first()
    if model is None:
        return None
    now = clock.now()
    if model.claimed_at is not None and model.claimed_at > now - LEASE:
        return None
    if model.attempts >= MOST_ATTEMPTS:
        _fail(model, _("训练程序多次中断"))
        return None
    model.claimed_at, model.attempts = now, model.attempts + 1
    model.save(update_fields=["claimed_at", "attempts"])
    return model


def train_claimed(model: TextModel, examples: Sequence[Example]) -> TextModel:
    """Will train the version taken up, and keep it as a draft, or the reason it failed.

    Takes seconds to minutes and no transaction meanwhile; ``percent`` tells how far it is.
    Loads scikit-learn: for the trainer's process only.
    """
    from apps.nlp.training import train

    def progress(percent: int) -> None:
        TextModel.objects.filter(pk=model.pk).update(percent=percent)

    try:
        trained = train(examples, progress=progress)
    except DomainError as refusal:
        with transaction.atomic():
            return _fail(_lock(model.pk), str(refusal))
    with transaction.atomic():
        locked = _lock(model.pk)
        if locked.state != ModelState.TRAINING or locked.attempts != model.attempts:
            return locked  # another trainer took it up meanwhile
        before = _shown(locked)
        locked.state, locked.trained_at = ModelState.DRAFT, clock.now()
        locked.examples, locked.sheet = trained.sheet["examples"], trained.sheet
        locked.thresholds, locked.digest = trained.thresholds, trained.digest
        locked.save()
        TextModelBody.objects.update_or_create(model=locked, defaults={"content": trained.body})
        _note(SYSTEM, "text_model.trained", locked, audit.changes(before, _shown(locked)))
        return locked


@transaction.atomic
def challenge(actor: Actor, *, number: int) -> TextModel:
    """Will let a draft score every report in silence; the earlier challenger rests. Audited.

    Raises: NotAllowed; NotFound; Refused (not a draft).
    """
    permissions.require_keep(actor)
    model = _lock_number(number)
    _require(model, ModelState.DRAFT, text=_("只有待试用的模型可以开始试用"))
    for earlier in TextModel.objects.select_for_update().filter(state__in=CHALLENGING):
        _move(actor, earlier, ModelState.DRAFT, "text_model.rested", submitter_id=None)
    return _move(actor, model, ModelState.SHADOW, "text_model.challenging", shadow_at=clock.now())


@transaction.atomic
def submit(actor: Actor, *, number: int) -> TextModel:
    """Will ask for the release of the challenger. Audited.

    Raises: NotAllowed; NotFound; Refused (it is not on trial).
    """
    permissions.require_keep(actor)
    model = _lock_number(number)
    _require(model, ModelState.SHADOW, text=_("只有试用中的模型可以送审"))
    return _move(actor, model, ModelState.SUBMITTED, "text_model.submitted", submitter_id=actor.pk)


@transaction.atomic
def send_back(actor: Actor, *, number: int) -> TextModel:
    """Will leave a submitted model on trial. Audited. Raises: NotAllowed; NotFound; Refused."""
    model = _lock_number(number)
    permissions.require_release(actor, model)
    _require(model, ModelState.SUBMITTED, text=_("只有待发布的模型可以退回"))
    return _move(actor, model, ModelState.SHADOW, "text_model.sent_back", submitter_id=None)


@transaction.atomic
def release(actor: Actor, *, number: int) -> TextModel:
    """Will let a submitted model serve from now on; the one before retires. Audited.

    Raises: NotAllowed (no releaser; who trained or submitted it); NotFound; Refused.
    """
    model = _lock_number(number)
    permissions.require_release(actor, model)
    _require(model, ModelState.SUBMITTED, text=_("只有待发布的模型可以发布"))
    _retire_serving(actor)
    return _move(
        actor,
        model,
        ModelState.RELEASED,
        "text_model.released",
        released_at=clock.now(),
        releaser_id=actor.pk,
    )


@transaction.atomic
def roll_back(actor: Actor, *, number: int) -> TextModel | None:
    """Will take the serving model out at once; the one released before it serves again. Audited.

    number: the model the actor saw serving. None: nothing was released before, the word lists
    alone propose. Raises: NotAllowed; NotFound; Refused (it no longer serves).
    """
    permissions.require_releaser(actor)
    model = _lock_number(number)
    _require(model, ModelState.RELEASED, text=_("该模型已不在用"))
    earlier = (
        TextModel.objects.select_for_update()
        .filter(state=ModelState.RETIRED, released_at__lt=model.released_at)
        .order_by("-released_at")
        .first()
    )
    _move(actor, model, ModelState.RETIRED, "text_model.rolled_back")
    if earlier is None:
        return None
    return _move(actor, earlier, ModelState.RELEASED, "text_model.restored")


def _retire_serving(actor: Actor) -> None:
    for earlier in TextModel.objects.select_for_update().filter(state=ModelState.RELEASED):
        _move(actor, earlier, ModelState.RETIRED, "text_model.retired")


def _move(
    actor: Actor, model: TextModel, state: ModelState, action: str, **values: Any
) -> TextModel:
    before = _shown(model)
    model.state = state
    for name, value in values.items():
        setattr(model, name, value)
    model.save(update_fields=["state", *values])
    _note(actor, action, model, audit.changes(before, _shown(model)))
    return model


def _fail(model: TextModel, problem: str) -> TextModel:
    model.problem = problem[:200]
    return _move(SYSTEM, model, ModelState.FAILED, "text_model.failed", problem=model.problem)


def _require(model: TextModel, state: ModelState, *, text: str) -> None:
    if model.state != state:
        raise Refused(text, data={"state": model.state})


def _lock(pk: int) -> TextModel:
    return TextModel.objects.select_for_update().get(pk=pk)


def _lock_number(number: int) -> TextModel:
    model = TextModel.objects.select_for_update().filter(number=number).first()
    if model is None:
        raise NotFound(_("没有这一版模型"))
    return model


def _shown(model: TextModel) -> dict[str, Any]:
    return audit.snapshot(model, "state", "examples", "digest", "submitter_id", "releaser_id")


def _note(actor: Actor, action: str, model: TextModel, data: dict[str, Any]) -> None:
    audit.record(
        actor,
        action,
        object_type="nlp.text_model",
        object_id=model.pk,
        object_label=str(model),
        data=data,
    )
