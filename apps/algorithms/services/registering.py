"""Algorithms and their versions come into the warehouse; a version is never changed again.

Source: CP-03, CP-05, docs/decisions/0067.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.algorithms import permissions
from apps.algorithms.contract import BuiltIn, Plugin
from apps.algorithms.enums import AliasName, Origin, OutputKind, State, Task
from apps.algorithms.interpret import model_plugin
from apps.algorithms.manifest import Manifest, read_manifest
from apps.algorithms.models import Algorithm, AlgorithmVersion, Alias, Sample, SampleSet
from apps.algorithms.registry import all_builtins, builtin
from apps.algorithms.runner import Limits
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock, files
from apps.common.errors import InvalidInput, NotFound, Refused

MOST_SAMPLES = 2000
DEFAULT_LIMITS = Limits()


@transaction.atomic
def register_model(
    actor: Actor,
    *,
    name: str,
    manifest: Mapping[str, Any],
    chunks: Iterable[bytes],
    vendor_key: str = "",
) -> AlgorithmVersion:
    """Will keep a vendor's model as a new version, unchecked; nothing of it is run here.

    name: what the algorithm is called, where it is new. chunks: the ONNX file. vendor_key: PEM,
    taken where the algorithm has none yet. Locks the algorithm.

    Raises: NotAllowed; InvalidInput (fields "manifest", "file", "vendor_key"); Refused (this
        version is there, field "manifest").
    """
    permissions.require_keep(actor)
    told = read_manifest(dict(manifest))
    _check_key(vendor_key)
    path, sha256, sm3, size = _keep(chunks)
    algorithm = _algorithm(told, name, vendor_key)
    if algorithm.versions.filter(version=told.version).exists():
        raise Refused(_("该版本已登记，版本登记后不能更改"), field="manifest")
    made = AlgorithmVersion.objects.create(
        algorithm=algorithm,
        version=told.version,
        output=told.output,
        manifest=dict(manifest),
        sha256=sha256,
        sm3=sm3,
        model_path=path,
        size_bytes=size,
        made_by=actor if isinstance(actor, User) else None,
        created_at=clock.now(),
    )
    note(actor, "algorithm.registered", made, sha256=sha256, size_bytes=size)
    return made


def _algorithm(told: Manifest, name: str, vendor_key: str) -> Algorithm:
    algorithm, _is_new = Algorithm.objects.select_for_update().get_or_create(
        code=told.code,
        defaults={
            "name": name.strip()[:80] or told.code,
            "vendor": told.vendor,
            "task": told.task,
            "origin": Origin.ONNX,
            "vendor_key": vendor_key,
            "created_at": clock.now(),
        },
    )
    if (algorithm.origin, algorithm.vendor, algorithm.task) != (
        Origin.ONNX, told.vendor, told.task,
    ):  # fmt: skip
        raise InvalidInput(_("同代码的算法已由其他厂商或以其他用途登记"), field="manifest")
    if vendor_key and algorithm.vendor_key and algorithm.vendor_key != vendor_key:
        raise Refused(_("该算法已登记另一把厂商公钥"), field="vendor_key")
    if vendor_key and not algorithm.vendor_key:
        algorithm.vendor_key = vendor_key
        algorithm.save(update_fields=["vendor_key"])
    return algorithm


@transaction.atomic
def ensure_builtins(**_signal: Any) -> None:
    """Will enter built-in algorithms that are not there yet, published for production.

    The platform's own were measured before it was shipped; a later version of one waits until
    somebody publishes it. Run after every migration; twice changes nothing.
    """
    for one in all_builtins():
        algorithm, is_new = Algorithm.objects.get_or_create(
            code=one.key,
            defaults={
                "name": str(one.title),
                "vendor": "CityBrain",
                "task": one.task,
                "origin": Origin.BUILTIN,
                "created_at": clock.now(),
            },
        )
        _enter_builtin(algorithm, one, is_first=is_new)


def _enter_builtin(algorithm: Algorithm, one: BuiltIn, *, is_first: bool) -> None:
    parameters = [asdict(part) | {"label": str(part.label)} for part in one.parameters]
    now = clock.now()
    version, is_new = AlgorithmVersion.objects.get_or_create(
        algorithm=algorithm,
        version=one.version,
        defaults={
            "output": one.output,
            "manifest": {"parameters": parameters, "is_hint": one.is_hint},
            "state": State.PUBLISHED if is_first else State.CHECKED,
            "published_at": now if is_first else None,
            "created_at": now,
        },
    )
    if is_new and is_first:
        Alias.objects.create(
            algorithm=algorithm, name=AliasName.PRODUCTION, version=version, moved_at=now
        )


@transaction.atomic
def save_sample_set(
    actor: Actor, *, code: str, name: str, task: str, output: str, clips: str = ""
) -> SampleSet:
    """Will make a set to measure on. Raises: NotAllowed; InvalidInput ("code", "task")."""
    permissions.require_keep(actor)
    if task not in Task.values or output not in OutputKind.values:
        raise InvalidInput(_("请选择用途和输出"), field="task")
    if SampleSet.objects.filter(code=code).exists():
        raise InvalidInput(_("该代码已被使用"), field="code")
    made = SampleSet.objects.create(
        code=code, name=name, task=task, output=output, clips=clips, created_at=clock.now()
    )
    audit.record(
        actor, "sample_set.created", object_type="algorithms.sample_set", object_id=made.pk,
        object_label=made.name,
    )  # fmt: skip
    return made


@transaction.atomic
def add_sample(actor: Actor, *, set_id: int, picture: File, truth: Mapping[str, Any]) -> Sample:
    """Will add a labelled picture; the same picture again replaces its labels.

    Locks the set. Raises: NotAllowed; NotFound; Refused (something was measured on the set);
        InvalidInput (field "file", as ``files.store``; field "truth").
    """
    permissions.require_keep(actor)
    samples = SampleSet.objects.select_for_update().filter(pk=set_id).first()
    if samples is None:
        raise NotFound(_("没有这个评测集"))
    if samples.is_fixed or samples.clips:
        raise Refused(_("评测集已固定，不能再增减样本"))
    if samples.samples.count() >= MOST_SAMPLES:
        raise Refused(_("评测集已满"))
    _check_truth(samples.output, truth)
    stored = files.store(picture, allow=frozenset({"image"}))
    made, _is_new = Sample.objects.update_or_create(
        sample_set=samples, picture=stored, defaults={"truth": dict(truth)}
    )
    audit.record(
        actor, "sample.added", object_type="algorithms.sample_set", object_id=samples.pk,
        object_label=samples.name, data={"sample": made.pk},
    )  # fmt: skip
    return made


_TRUTH: dict[str, tuple[type, ...]] = {
    "boxes": (list,),
    "classes": (str,),
    "mask": (list,),
    "scalar": (int, float),
    "counts": (dict,),
}


def _check_truth(kind: str, truth: Mapping[str, Any]) -> None:
    entry = {"classes": "label", "scalar": "value"}.get(kind, kind)
    value = truth.get(entry)
    if not isinstance(value, _TRUTH[kind]) or isinstance(value, bool):
        raise InvalidInput(_("标注缺少“%(entry)s”或类型不符") % {"entry": entry}, field="truth")


def plugin_of(
    version: AlgorithmVersion,
    *,
    parameters: Mapping[str, float] | None = None,
    drawing: Mapping[str, Any] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Plugin:
    """Will give what runs this version; only in worker processes.

    parameters: over the built-in's defaults. drawing: lines and zones, of built-in ones.
    Raises: Refused (this installation has no such built-in); NotFound (the file is gone).
    """
    if version.algorithm.origin == Origin.BUILTIN:
        one = builtin(version.algorithm.code, version.version)
        if one is None:
            raise Refused(_("本系统中没有该内置算法的这一版本"))
        return one.load(one.defaults() | dict(parameters or {}), drawing or {})
    return model_plugin(read_model(version), read_manifest(version.manifest), limits)


def read_model(version: AlgorithmVersion) -> bytes:
    """Will give the bytes of a model. Raises: NotFound; Refused (they were changed)."""
    try:
        content = (Path(settings.MEDIA_ROOT) / version.model_path).read_bytes()
    except OSError as error:
        raise NotFound(_("模型文件不在存储中，请联系管理员")) from error
    if hashlib.sha256(content).hexdigest() != version.sha256:
        raise Refused(_("模型文件与登记时的摘要不符，拒绝运行"))
    return content


def note(actor: Actor, action: str, version: AlgorithmVersion, **data: Any) -> None:
    """Will write what was done with a version into the audit log."""
    audit.record(
        actor,
        action,
        object_type="algorithms.version",
        object_id=version.pk,
        object_label=f"{version.algorithm.name} {version.version}",
        data=data,
    )


def _keep(chunks: Iterable[bytes]) -> tuple[str, str, str, int]:
    folder = Path(settings.MEDIA_ROOT) / "models"
    folder.mkdir(parents=True, exist_ok=True)
    limit = settings.ALGORITHM_MODEL_MAX_BYTES
    sha256, size = hashlib.sha256(), 0
    sm3 = hashlib.new("sm3") if "sm3" in hashlib.algorithms_available else None
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as part:
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise InvalidInput(
                        _("模型文件超过 %(limit)d MB 上限") % {"limit": limit // 2**20},
                        field="file",
                        code="file_too_large",
                    )
                sha256.update(chunk)
                if sm3 is not None:
                    sm3.update(chunk)
                part.write(chunk)
        if not size:
            raise InvalidInput(_("文件是空的"), field="file", code="file_empty")
        path = f"models/{sha256.hexdigest()}.onnx"
        os.replace(temporary, Path(settings.MEDIA_ROOT) / path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path, sha256.hexdigest(), sm3.hexdigest() if sm3 is not None else "", size


def _check_key(pem: str) -> None:
    if not pem:
        return
    try:
        load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidInput(_("不是可读的公钥（PEM）"), field="vendor_key") from error
