"""Data sets: registered, approved by a second person, opened to units, used, ended.

Source: CP-02. The data lies with its unit; nothing is copied or opened here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.algorithms import permissions
from apps.algorithms.enums import DataPurpose, DataState, Privacy, Task
from apps.algorithms.models import (
    AlgorithmVersion,
    DataSet,
    DataSetGrant,
    DataSetUse,
    Evaluation,
    SampleSet,
)
from apps.audit import services as audit
from apps.audit.services import SYSTEM, Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.common.texts import clean_text

SHA256 = re.compile(r"[0-9a-f]{64}")
MOST_LABELS = 200
_TOLD = (
    "code", "version", "name", "task", "purpose", "source", "legal_basis", "licence", "privacy",
    "labels", "items", "size_bytes", "sha256", "unit_id", "keep_until", "sample_set_id",
)  # fmt: skip


@dataclass(frozen=True)
class DataSetSpec:
    """A data set as it shall be; see ``DataSet``."""

    code: str
    version: str
    name: str
    task: str
    purpose: str
    source: str
    legal_basis: str
    licence: str
    privacy: str
    labels: Sequence[str]
    items: int
    sha256: str
    unit: Organization
    keep_until: date
    size_bytes: int = 0
    sample_set: SampleSet | None = None


@transaction.atomic
def save_data_set(actor: Actor, *, spec: DataSetSpec, data_set_id: int | None = None) -> DataSet:
    """Will register a data set, or write a draft anew; the same again is silent. Locks it.

    Raises: NotFound; NotAllowed (not a unit of the actor, now or before); Refused (no draft any
        more); InvalidInput (the field that is wrong).
    """
    permissions.require_keep_for(actor, spec.unit)
    one = DataSet(created_at=clock.now(), made_by=actor if isinstance(actor, User) else None)
    if data_set_id is not None:
        one = lock_data_set(data_set_id)
        permissions.require_keep_for(actor, one.unit)
        if one.state != DataState.DRAFT:
            raise Refused(_("已审核的数据集不能修改，请登记新版本"))
    before = audit.snapshot(one, *_TOLD) if one.pk else {}
    for name, value in _checked(spec).items():
        setattr(one, name, value)
    if before and before == audit.snapshot(one, *_TOLD):
        return one
    try:
        with transaction.atomic():
            one.save()
    except IntegrityError as error:
        raise InvalidInput(_("该代码已有这个版本"), field="version") from error
    _note(
        actor, "data_set.changed" if before else "data_set.registered", one,
        **audit.changes(before, audit.snapshot(one, *_TOLD)),
    )  # fmt: skip
    return one


@transaction.atomic
def approve_data_set(actor: Actor, *, data_set_id: int) -> DataSet:
    """Will let a data set be used; never by who registered it. Twice is harmless. Locks it.

    Raises: NotFound; NotAllowed; Refused (ended, or its time is over).
    """
    one = lock_data_set(data_set_id)
    permissions.require_publish_for(actor, one.unit)
    if one.state == DataState.IN_FORCE:
        return one
    if isinstance(actor, User) and one.made_by_id == actor.pk:
        raise NotAllowed(_("登记人不能审核自己登记的数据集，请由他人审核"))
    if one.state != DataState.DRAFT or one.keep_until < clock.today():
        raise Refused(_("只有未到期的待审核数据集可以审核"))
    one.state, one.approved_at = DataState.IN_FORCE, clock.now()
    one.approved_by = actor if isinstance(actor, User) else None
    one.save(update_fields=["state", "approved_by", "approved_at"])
    _note(actor, "data_set.approved", one, before=DataState.DRAFT, after=one.state)
    return one


@transaction.atomic
def end_data_set(
    actor: User, *, data_set_id: int, reason: str, is_destroyed: bool = False
) -> DataSet:
    """Will let a data set be used no more; is_destroyed: and note that the data is gone.

    What was used stays written. Locks it. Raises: NotFound; NotAllowed; Refused (destroyed
    already, or ended already and not destroyed now); InvalidInput ("reason").
    """
    one = lock_data_set(data_set_id)
    permissions.require_keep_for(actor, one.unit)
    text = clean_text(reason, "reason", _("理由"), most=200)
    after = DataState.DESTROYED if is_destroyed else DataState.RETIRED
    if one.state in (DataState.DESTROYED, after):
        raise Refused(_("该数据集已停用或已销毁"))
    before, one.state = one.state, after
    one.ended_at, one.end_reason = clock.now(), text
    one.save(update_fields=["state", "ended_at", "end_reason"])
    _note(actor, "data_set.ended", one, before=before, after=after, reason=text)
    return one


@transaction.atomic
def grant_data_set(
    actor: User, *, data_set_id: int, unit: Organization, purpose: str, until: date
) -> DataSetGrant:
    """Will open a data set to a unit and what is below it. Locks the set.

    Raises: NotFound; NotAllowed; Refused (not in force, or the unit has it already);
        InvalidInput ("purpose", "until": past, or beyond the set's own time).
    """
    one = lock_data_set(data_set_id)
    permissions.require_publish_for(actor, one.unit)
    text = clean_text(purpose, "purpose", _("使用目的"), most=200)
    if one.state != DataState.IN_FORCE:
        raise Refused(_("只有可用的数据集可以授权"))
    if not clock.today() <= until <= one.keep_until:
        raise InvalidInput(_("截止日期不能早于今天或晚于数据集的保存期限"), field="until")
    if unit.path.startswith(one.unit.path) or open_grants(one).filter(unit=unit).exists():
        raise Refused(_("该单位已可使用这个数据集"))
    one.grants.filter(unit=unit, ended_at=None).update(ended_at=clock.now())  # its time was over
    made = DataSetGrant.objects.create(
        data_set=one, unit=unit, purpose=text, until=until, granted_by=actor,
        granted_at=clock.now(),
    )  # fmt: skip
    _note(actor, "data_set.granted", one, unit=unit.code, purpose=text, until=until.isoformat())
    return made


@transaction.atomic
def end_data_grant(actor: User, *, data_set_id: int, grant_id: int) -> None:
    """Will close a data set to a unit again; twice is harmless. Locks the set.

    Raises: NotFound; NotAllowed.
    """
    one = lock_data_set(data_set_id)
    permissions.require_publish_for(actor, one.unit)
    grant = one.grants.select_related("unit").filter(pk=grant_id).first()
    if grant is None:
        raise NotFound(_("没有这项授权"))
    if grant.ended_at is None:
        grant.ended_at = clock.now()
        grant.save(update_fields=["ended_at"])
        _note(actor, "data_set.grant_ended", one, unit=grant.unit.code)


@transaction.atomic
def note_training(
    actor: User, *, data_set_id: int, version_id: int, unit: Organization, text: str = ""
) -> DataSetUse:
    """Will write down that a version was trained with a data set; the same again is the same.

    Training happens outside; this is the unit's own word. Locks the set.
    Raises: NotFound; NotAllowed (not a unit of the actor, or the set is not open to it);
        Refused (not in force, over, or not for training).
    """
    one = lock_data_set(data_set_id)
    permissions.require_keep_for(actor, unit)
    if one.purpose == DataPurpose.TEST:
        raise Refused(_("该数据集只用于评测，不得用于训练"))
    _require_open(one, unit)
    version = AlgorithmVersion.objects.select_related("algorithm").filter(pk=version_id).first()
    if version is None:
        raise NotFound(_("没有这个算法版本"))
    made, is_new = DataSetUse.objects.get_or_create(
        data_set=one, version=version, unit=unit, kind=DataPurpose.TRAINING,
        defaults={"used_by": actor, "at": clock.now(), "note": text.strip()[:200]},
    )  # fmt: skip
    if is_new:
        _note(
            actor, "data_set.used", one, kind="training", unit=unit.code,
            version=f"{version.algorithm.code}@{version.version}",
        )  # fmt: skip
    return made


def require_measurable(samples: SampleSet, unit: Organization) -> None:
    """Will refuse a set to measure on whose registered data no unit may use (any more).

    A set nobody registered data of is measured on freely. Raises: Refused; NotAllowed.
    """
    registered = list(samples.data_sets.exclude(state=DataState.DRAFT).select_related("unit"))
    if registered and _open_of(registered, unit) is None:
        _require_open(registered[0], unit)


def note_evaluation(made: Evaluation, *, unit: Organization) -> None:
    """Will enter that a measurement used the registered data of its set, if it has any."""
    registered = list(made.sample_set.data_sets.order_by("-pk").select_related("unit"))
    one = _open_of(registered, unit)
    if one is not None:
        DataSetUse.objects.create(
            data_set=one, version=made.version, unit=unit, kind=DataPurpose.TEST, evaluation=made,
            used_by=made.made_by, at=made.at,
        )  # fmt: skip
        _note(
            made.made_by or SYSTEM, "data_set.used", one, kind="test", unit=unit.code,
            version=f"{made.version.algorithm.code}@{made.version.version}",
        )  # fmt: skip


def lock_data_set(data_set_id: int) -> DataSet:
    """Raises: NotFound."""
    found = DataSet.objects.select_for_update(of=("self",)).select_related("unit")
    one = found.filter(pk=data_set_id).first()
    if one is None:
        raise NotFound(_("没有这个数据集"))
    return one


def open_grants(one: DataSet) -> QuerySet[DataSetGrant]:
    """Will list the grants that are in force today."""
    return one.grants.filter(ended_at=None, until__gte=clock.today())


def is_open_to(one: DataSet, unit: Organization) -> bool:
    """Will tell whether a unit may use a data set today: its own, or granted to it or above."""
    if one.state != DataState.IN_FORCE or one.keep_until < clock.today():
        return False
    if unit.path.startswith(one.unit.path):
        return True
    granted = open_grants(one).values_list("unit__path", flat=True)
    return any(unit.path.startswith(path) for path in granted)


def _open_of(registered: Sequence[DataSet], unit: Organization) -> DataSet | None:
    usable = (one for one in registered if one.purpose != DataPurpose.TRAINING)
    return next((one for one in usable if is_open_to(one, unit)), None)


def _require_open(one: DataSet, unit: Organization) -> None:
    if one.state != DataState.IN_FORCE or one.keep_until < clock.today():
        raise Refused(_("该数据集未经审核、已停用或已过保存期限"))
    if not is_open_to(one, unit):
        raise NotAllowed(_("该数据集没有授权给这个单位使用"))


def _checked(spec: DataSetSpec) -> dict[str, object]:
    told: dict[str, object] = {
        "code": spec.code, "unit": spec.unit, "sample_set": spec.sample_set,
        "name": clean_text(spec.name, "name", _("名称"), most=80),
        "version": clean_text(spec.version, "version", _("版本"), most=20),
        "source": clean_text(spec.source, "source", _("来源"), most=300),
        "legal_basis": clean_text(spec.legal_basis, "legal_basis", _("法律依据"), most=300),
        "licence": clean_text(spec.licence, "licence", _("许可"), most=200),
    }  # fmt: skip
    for field, value, choices in (
        ("task", spec.task, Task), ("purpose", spec.purpose, DataPurpose),
        ("privacy", spec.privacy, Privacy),
    ):  # fmt: skip
        if value not in choices.values:
            raise InvalidInput(_("请选择列表中的一项"), field=field)
        told[field] = value
    labels = [label.strip() for label in spec.labels if label.strip()]
    if not 0 < len(labels) <= MOST_LABELS or any(len(label) > 40 for label in labels):
        raise InvalidInput(_("请填写 1 至 200 个标注类别，每个不超过 40 字"), field="labels")
    if len(set(labels)) < len(labels):
        raise InvalidInput(_("标注类别有重复"), field="labels")
    if not 0 < spec.items < 2**31:
        raise InvalidInput(_("条数须为正整数"), field="items")
    if not 0 <= spec.size_bytes < 2**60:
        raise InvalidInput(_("大小须为不小于 0 的整数"), field="size_bytes")
    if SHA256.fullmatch(spec.sha256) is None:
        raise InvalidInput(_("摘要须为 64 位十六进制 SHA-256"), field="sha256")
    if spec.keep_until < clock.today():
        raise InvalidInput(_("保存期限不能早于今天"), field="keep_until")
    if spec.sample_set is not None and spec.sample_set.task != spec.task:
        raise InvalidInput(_("评测集与算法用途不符"), field="sample_set")
    return told | {
        "labels": labels, "items": spec.items, "size_bytes": spec.size_bytes,
        "sha256": spec.sha256, "keep_until": spec.keep_until,
    }  # fmt: skip


def _note(actor: Actor, action: str, one: DataSet, **data: object) -> None:
    audit.record(
        actor, action, object_type="algorithms.data_set", object_id=one.pk,
        object_label=str(one), data=data,
    )  # fmt: skip
