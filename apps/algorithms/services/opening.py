"""Own models opened to programs outside: one picture, one answer, by the queue. Source: CP-04.

The web process keeps the picture and nothing more; a worker gives it to the model's own process.
Quota, priority, lease and cost are the queue's.
"""

import io
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import numpy as np
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image

from apps.accounts.models import Organization, User
from apps.algorithms import permissions
from apps.algorithms.contract import Frame, Output
from apps.algorithms.enums import Origin, WorkState
from apps.algorithms.errors import ModelFailed
from apps.algorithms.interpret import model_plugin
from apps.algorithms.manifest import read_manifest
from apps.algorithms.models import ModelCall, WorkItem
from apps.algorithms.registry import Done, Renew
from apps.algorithms.selectors import resolve, version_text
from apps.algorithms.services.queue import WorkSpec, submit
from apps.algorithms.services.registering import note, read_model
from apps.common import clock, files
from apps.common.errors import InvalidInput, Refused, TooMany

CALL = "algorithm-call"
MOST_PICTURE = 4 * 2**20
#: So many calls of a unit may wait at once; the rest is told to come again.
MOST_WAITING = 20
#: A mask is answered by so many columns at most.
MASK_COLUMNS = 160
FORGET_AFTER = timedelta(days=1)
_OPEN = (WorkState.WAITING, WorkState.RUNNING)


@transaction.atomic
def call_model(
    actor: User, *, code: str, unit: Organization, upload: File, reason: str, key: str
) -> ModelCall:
    """Will queue one picture for the published model of this name and give the call.

    unit: bears quota and cost. key: of the caller; the same again gives the same call. Locks the
    unit. Raises: NotFound; NotAllowed (not for this unit); Refused (nothing published, or a
        built-in algorithm); TooMany (too many calls of the unit wait); InvalidInput ("reason",
        "picture").
    """
    permissions.require_use(actor, unit)
    Organization.objects.select_for_update(of=("self",)).get(pk=unit.pk)
    name = f"call:{actor.pk}:{key}"
    known = ModelCall.objects.filter(item__key=name).first()
    if known is not None:
        return known
    version = resolve(code, canary=False)
    if version.algorithm.origin != Origin.ONNX:
        raise Refused(_("内置算法只能以分析作业运行，不能用单张图片调用"))
    if len(reason.strip()) < 4:
        raise InvalidInput(_("请写明调用事由"), field="reason")
    waiting = WorkItem.objects.filter(kind=CALL, unit=unit, state__in=_OPEN).count()
    if waiting >= MOST_WAITING:
        raise TooMany(_("该单位等待中的调用过多，请稍后再试"))
    picture = _picture(upload)
    item = submit(
        WorkSpec(
            key=name, kind=CALL, version=version, unit=unit, priority=6,
            title=_("调用 %(name)s") % {"name": version_text(version)},
            payload={"key": name},
        )
    )  # fmt: skip
    made = ModelCall.objects.create(
        item=item, by=actor, reason=reason.strip()[:200], picture=picture
    )
    note(actor, "algorithm.called", version, call=made.pk, unit=unit.code, reason=made.reason)
    return made


def do_call(payload: Mapping[str, Any], renew: Renew) -> Done:
    """Will give the picture of a call to its model and answer in plain values."""
    call = ModelCall.objects.select_related("item__version__algorithm").get(
        item__key=payload["key"]
    )
    version = call.item.version
    begun = time.perf_counter()
    with Image.open(io.BytesIO(bytes(call.picture or b""))) as opened:
        pixels = np.asarray(opened.convert("RGB"), np.uint8)
    try:
        plugin = model_plugin(read_model(version), read_manifest(version.manifest))
        output = next(plugin(iter([Frame(0.0, pixels)])))
        result: dict[str, Any] = {"ok": True, "output": _plain(output)}
    except ModelFailed as error:
        result = {"ok": False, "error": error.text}
    ms = round((time.perf_counter() - begun) * 1000)

    def apply() -> None:
        ModelCall.objects.filter(pk=call.pk).update(picture=None)

    return Done(result | {"ms": ms}, apply, ms=ms, frames=1)


def forget_pictures() -> int:
    """Will forget the pictures of calls that failed, were cancelled or lie for a day."""
    over = ModelCall.objects.exclude(picture=None).filter(
        item__created_at__lt=clock.now() - FORGET_AFTER
    )
    return over.update(picture=None)


def _picture(upload: File) -> bytes:
    if upload.size > MOST_PICTURE:
        raise InvalidInput(_("图片不能超过 4 MB"), field="picture")
    try:
        return files.read_picture(upload)
    except InvalidInput as error:
        raise InvalidInput(str(error), field="picture") from error


def _plain(output: Output) -> dict[str, Any]:
    """Gives what the output holds of the closed list, as JSON."""
    told: dict[str, Any] = {}
    if output.boxes:
        told["boxes"] = [
            {
                "left": round(box.left, 4), "top": round(box.top, 4),
                "right": round(box.right, 4), "bottom": round(box.bottom, 4),
                "score": round(box.score, 4), "label": box.label,
            }
            for box in output.boxes
        ]  # fmt: skip
    if output.classes:
        told["classes"] = {label: round(score, 4) for label, score in output.classes.items()}
    if output.counts:
        told["counts"] = dict(output.counts)
    if output.scalar is not None:
        told["scalar"] = round(output.scalar, 6)
    if output.mask is not None:
        step = -(-output.mask.shape[1] // MASK_COLUMNS)
        told["mask"] = ["".join(map(str, row)) for row in output.mask[::step, ::step].tolist()]
    return told
