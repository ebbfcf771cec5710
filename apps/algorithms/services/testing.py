"""A version is checked, tried and measured, each by the queue and outside any web process.

What is found is written as sheets in plain words; a model that fails stays where it was found
out. Source: CP-03, CP-05.
"""

import base64
import hmac
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image

from apps.accounts.models import Organization, User
from apps.algorithms import permissions
from apps.algorithms.contract import Frame, Pixels
from apps.algorithms.enums import Origin, State
from apps.algorithms.errors import ModelFailed
from apps.algorithms.interpret import model_plugin, output_of
from apps.algorithms.manifest import Manifest, read_manifest
from apps.algorithms.models import AlgorithmVersion, Evaluation, SampleSet, WorkItem
from apps.algorithms.registry import Clip, Done, Renew, Verdict, builtin, clips_of
from apps.algorithms.runner import Limits, ModelSession
from apps.algorithms.scoring import judge, sheet_of
from apps.algorithms.services.datasets import note_evaluation, require_measurable
from apps.algorithms.services.queue import WorkSpec, submit
from apps.algorithms.services.registering import note, plugin_of, read_model
from apps.audit.services import SYSTEM
from apps.common import clock, files
from apps.common.errors import DomainError, NotFound, Refused

CHECK, TRIAL, EVALUATION = "algorithm-check", "algorithm-trial", "algorithm-evaluation"
#: From which states each may be ordered.
_FROM = {
    CHECK: (State.REGISTERED, State.FAILED, State.CHECKED),
    TRIAL: (State.CHECKED, State.TRIED),
    EVALUATION: (State.TRIED, State.EVALUATED, State.PUBLISHED),
}
SLOW = 3.0  # slower than promised by so much is written on the sheet


@transaction.atomic
def order_test(
    actor: User, *, version_id: int, test: str, unit: Organization, set_id: int | None = None
) -> WorkItem:
    """Will lay a check, a trial or an evaluation into the queue; one of each kind at a time.

    unit: who bears the cost. Locks the version.
    Raises: NotAllowed; NotFound; Refused (not its turn, or the set is of another
        task, or its registered data may not be used).
    """
    permissions.require_keep(actor)
    version = lock_version(version_id)
    if test not in _FROM or version.state not in _FROM[test]:
        raise Refused(_("该版本当前状态下不能进行此步骤"))
    payload: dict[str, Any] = {"version": version.pk, "actor": actor.pk}
    if test == EVALUATION:
        samples = _fitting(version, set_id)
        require_measurable(samples, unit)
        payload |= {"set": samples.pk, "unit": unit.pk}
    spec = WorkSpec(
        key=f"{test}:{version.pk}:{clock.now():%Y%m%d%H%M%S%f}", kind=test, version=version,
        unit=unit, title=f"{version.algorithm.name} {version.version}", payload=payload,
        priority=9,
    )  # fmt: skip
    waiting = WorkItem.objects.filter(
        kind=test, version=version, state__in=["waiting", "running"]
    ).first()
    if waiting is not None:
        return waiting
    note(actor, "algorithm.test_ordered", version, test=test)
    return submit(spec)


def lock_version(version_id: int) -> AlgorithmVersion:
    """Raises: NotFound."""
    found = AlgorithmVersion.objects.select_for_update(of=("self",)).select_related("algorithm")
    version = found.filter(pk=version_id).first()
    if version is None:
        raise NotFound(_("没有这个算法版本"))
    return version


def _fitting(version: AlgorithmVersion, set_id: int | None) -> SampleSet:
    found = SampleSet.objects.filter(pk=set_id or 0).first()
    if found is None:
        raise NotFound(_("没有这个评测集"))
    if (found.task, found.output) != (version.algorithm.task, version.output):
        raise Refused(_("评测集与算法的用途或输出不符"), field="sample_set")
    return found


# --- Check ----------------------------------------------------------------------------


def do_check(payload: Mapping[str, Any], renew: Renew) -> Done:
    """Will look a version through from outside and then run it on one plain picture."""
    version = _version(payload)
    begun = time.perf_counter()
    if version.algorithm.origin == Origin.BUILTIN:
        has = builtin(version.algorithm.code, version.version) is not None
        sheet = [_line("builtin", _("本系统带有该内置算法"), has)]
    else:
        sheet = check_model(version)
    is_ok = all(line["ok"] for line in sheet)
    state = State.CHECKED if is_ok else State.FAILED

    def apply() -> None:
        locked = lock_version(version.pk)
        if locked.state in _FROM[CHECK]:
            locked.check_sheet, locked.state = sheet, state
            locked.save(update_fields=["check_sheet", "state"])
            note(_actor(payload), "algorithm.checked", locked, ok=is_ok)

    return Done({"ok": is_ok}, apply, ms=_since(begun), frames=1)


def check_model(version: AlgorithmVersion, limits: Limits | None = None) -> list[dict[str, Any]]:
    """Will give the sheet of a vendor's model: code, label, whether it holds, what was found."""
    told = read_manifest(version.manifest)
    sheet = [
        _line("sha256", _("SHA-256 摘要与清单一致"), _same(version.sha256, told.sha256)),
        _line("sm3", _("SM3 摘要与清单一致"), not told.sm3 or _same(version.sm3, told.sm3)),
        _signature_line(version, told),
    ]
    if not all(line["ok"] for line in sheet):
        return sheet
    try:
        content = read_model(version)
        with ModelSession(content, limits) as session:
            sheet += _fact_lines(session.facts, told)
            if all(line["ok"] for line in sheet):
                sheet.append(_dry_run(session, told))
    except ModelFailed as error:
        sheet.append(_line(error.code, _("载入并试跑一张图片"), False, error.text))
    except DomainError as error:
        sheet.append(_line("file", _("读取模型文件"), False, str(error)))
    return sheet


def _fact_lines(facts: Mapping[str, Any], told: Manifest) -> list[dict[str, Any]]:
    shape, wanted = facts["inputs"][0]["shape"], told.input.shape()
    fits = len(facts["inputs"]) == 1 and len(shape) == 4
    fits = fits and all(a is None or a == b for a, b in zip(shape, wanted, strict=True))
    kind = f"tensor({'uint8' if told.input.dtype == 'uint8' else 'float'})"
    said, opset = f"{shape} {facts['inputs'][0]['type']}", facts["opset"]
    return [
        _line("opset", _("算子集版本与清单一致"), opset == told.opset, str(opset)),
        _line("input", _("输入张量与清单一致"), fits and facts["inputs"][0]["type"] == kind, said),
    ]


def _dry_run(session: ModelSession, told: Manifest) -> dict[str, Any]:
    numbers, ms = session.run(plain_picture(told.min_width, told.min_height), told.input.told())
    output_of(numbers, told, 0.0)
    text = _("形状 %(shape)s，用时 %(ms).1f 毫秒") % {"shape": list(numbers.shape), "ms": ms}
    return _line("dry_run", _("载入并试跑一张图片"), True, text)


def plain_picture(width: int, height: int) -> Pixels:
    """Will give a picture of soft gradients, always the same, at most 2,000 pixels wide."""
    across = np.linspace(0, 255, min(width, 2000), dtype=np.uint8)[None, :]
    down = np.linspace(0, 255, min(height, 2000), dtype=np.uint8)[:, None]
    red, green = np.broadcast_arrays(across, down)
    return np.dstack([red, green, (red // 2 + green // 2)]).astype(np.uint8)


def _signature_line(version: AlgorithmVersion, told: Manifest) -> dict[str, Any]:
    pem = version.algorithm.vendor_key
    label = _("厂商签名")
    if not pem:
        return _line("signature", label, True, _("未登记厂商公钥，未验签"))
    is_right = is_signed(pem, told.signature, version.sha256)
    return _line("signature", label, is_right, _("验签通过") if is_right else _("签名与公钥不符"))


def is_signed(pem: str, signature: str, digest: str) -> bool:
    """Will tell whether a base64 signature over the hex digest is of this key."""
    try:
        raw = base64.b64decode(signature, validate=True)
        key = load_pem_public_key(pem.encode())
        said = digest.encode()
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(raw, said)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(raw, said, ec.ECDSA(SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(raw, said, padding.PKCS1v15(), SHA256())
        else:
            return False
    except (InvalidSignature, ValueError):
        return False
    return True


# --- Trial and evaluation -------------------------------------------------------------


def do_trial(payload: Mapping[str, Any], renew: Renew) -> Done:
    """Will run a version on ten plain pictures and note how long it takes and what it says."""
    version = _version(payload)
    begun = time.perf_counter()
    sheet = _trial(version)
    is_ok = all(line["ok"] for line in sheet)

    def apply() -> None:
        locked = lock_version(version.pk)
        if locked.state in _FROM[TRIAL]:
            locked.trial_sheet = sheet
            locked.state = State.TRIED if is_ok else State.CHECKED
            locked.save(update_fields=["trial_sheet", "state"])
            note(_actor(payload), "algorithm.tried", locked, ok=is_ok)

    return Done({"ok": is_ok}, apply, ms=_since(begun), frames=10)


def _trial(version: AlgorithmVersion) -> list[dict[str, Any]]:
    told = version.manifest
    picture = plain_picture(told.get("min_width", 640), told.get("min_height", 360))
    begun = time.perf_counter()
    try:
        plugin = plugin_of(version)
        said = list(plugin(Frame(number / 5, picture) for number in range(10)))
    except ModelFailed as error:
        return [_line(error.code, _("连续运行十张图片"), False, error.text)]
    except DomainError as error:
        return [_line("plugin", _("连续运行十张图片"), False, str(error))]
    each = (time.perf_counter() - begun) * 100
    promised = float(told.get("expected_ms", 0))
    lines = [_line("run", _("连续运行十张图片"), len(said) == 10, str(len(said)))]
    if promised:
        text = _("每张 %(ms).1f 毫秒，清单称 %(told).1f 毫秒") % {"ms": each, "told": promised}
        lines.append(_line("speed", _("用时"), True, text) | {"slow": each > SLOW * promised + 50})
    return lines


def do_evaluation(payload: Mapping[str, Any], renew: Renew) -> Done:
    """Will measure a version on a fixed set and write the sheet. Source: CP-03."""
    version = _version(payload)
    samples = SampleSet.objects.get(pk=payload["set"])
    begun = time.perf_counter()
    try:
        items, frames = (
            _on_clips(version, clips_of(samples.clips), renew)
            if samples.clips
            else _on_pictures(version, samples)
        )
    except ModelFailed as error:
        return Done({"ok": False, "error": error.text}, None, ms=_since(begun))
    sheet = sheet_of([verdict for _name, verdict in items], ms=_since(begun) / max(1, frames))
    sheet["lines"] = [[name, one.right, one.too_much, one.missed] for name, one in items[:200]]

    def apply() -> None:
        locked = lock_version(version.pk)
        SampleSet.objects.filter(pk=samples.pk).update(is_fixed=True)
        actor = User.objects.filter(pk=payload["actor"]).first()
        made = Evaluation.objects.create(
            version=locked, sample_set=samples, sheet=sheet, made_by=actor, at=clock.now()
        )
        if bearer := Organization.objects.filter(pk=payload.get("unit") or 0).first():
            note_evaluation(made, unit=bearer)
        locked.score = {key: sheet[key] for key in ("f1", "precision", "recall", "ms", "items")}
        if locked.state == State.TRIED:
            locked.state = State.EVALUATED
        locked.save(update_fields=["score", "state"])
        note(actor or SYSTEM, "algorithm.evaluated", locked, f1=sheet["f1"], set=samples.code)

    return Done({"ok": True, "f1": sheet["f1"]}, apply, ms=_since(begun), frames=frames)


def _on_clips(
    version: AlgorithmVersion, clips: Any, renew: Renew
) -> tuple[list[tuple[str, Verdict]], int]:
    items, frames = [], 0
    clip: Clip
    for clip in clips:
        said = list(plugin_of(version, drawing=clip.drawing)(clip.frames()))
        frames += len(said)
        items.append((clip.name, clip.judge(said)))
        if not renew():
            break
    return items, frames


def _on_pictures(
    version: AlgorithmVersion, samples: SampleSet
) -> tuple[list[tuple[str, Verdict]], int]:
    rows = list(samples.samples.select_related("picture"))
    if version.algorithm.origin == Origin.BUILTIN:
        plugin = plugin_of(version)
    else:
        plugin = model_plugin(read_model(version), read_manifest(version.manifest))
    frames = (Frame(float(number), _pixels(row.picture)) for number, row in enumerate(rows))
    outputs = plugin(frames)
    items = [
        (str(row.pk), judge(version.output, output, row.truth))
        for row, output in zip(rows, outputs, strict=True)
    ]
    return items, len(rows)


def _pixels(stored: Any) -> Pixels:
    with files.open_stored(stored) as opened, Image.open(opened) as picture:
        return np.asarray(picture.convert("RGB"), np.uint8)


def _version(payload: Mapping[str, Any]) -> AlgorithmVersion:
    return AlgorithmVersion.objects.select_related("algorithm").get(pk=payload["version"])


def _actor(payload: Mapping[str, Any]) -> Any:
    return User.objects.filter(pk=payload["actor"]).first() or SYSTEM


def _line(code: str, label: str, ok: bool, text: str = "") -> dict[str, Any]:
    return {"code": code, "label": label, "ok": ok, "text": text}


def _same(one: str, other: str) -> bool:
    return bool(one) and hmac.compare_digest(one, other)


def _since(begun: float) -> int:
    return round((time.perf_counter() - begun) * 1000)
