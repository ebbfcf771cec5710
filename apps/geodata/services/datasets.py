"""What people do with a dataset that stands: edit, go back, publish, retire."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_of
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.codes import fresh_code
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.geodata import permissions
from apps.geodata.enums import Visibility
from apps.geodata.models import Dataset, DatasetVersion, ImportJob
from apps.onemap.services import redraw_layer
from apps.onemap.sharing.services import note_update

KEPT_VERSIONS = 5


@dataclass(frozen=True)
class DatasetData:
    """What people say about a dataset."""

    name: str
    description: str
    color: str
    label_field: str
    visibility: str
    source: str
    approval_number: str
    update_days: int | None


@transaction.atomic
def edit_dataset(actor: User, *, dataset_id: int, data: DatasetData) -> Dataset:
    """Will change what is said about a dataset; audited.

    Locks the dataset. Raises: NotFound; NotAllowed; InvalidInput (fields ``name``, ``color``,
    ``visibility``, ``label_field``).
    """
    dataset = lock_dataset(actor, dataset_id)
    if not data.name.strip():
        raise InvalidInput(_("请填写图层名称"), field="name")
    if data.visibility not in Visibility.values:
        raise InvalidInput(_("没有这种可见范围"), field="visibility")
    names = {f["name"] for f in dataset.current.fields} if dataset.current else set()
    if data.label_field and data.label_field not in names:
        raise InvalidInput(_("没有这个字段"), field="label_field")
    before = {name: getattr(dataset, name) for name in vars(data)}
    for name, value in vars(data).items():
        setattr(dataset, name, value.strip() if isinstance(value, str) else value)
    dataset.save()
    _keep_card(dataset)
    after = {name: getattr(dataset, name) for name in vars(data)}
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    _record(actor, "dataset.edited", dataset, changed=changed)
    return dataset


@transaction.atomic
def show_version(actor: User, *, dataset_id: int, number: int) -> Dataset:
    """Will show another kept version, at once; the way back from a bad replacement.

    Locks the dataset. Raises: NotFound; NotAllowed; Refused (shown already).
    """
    dataset = lock_dataset(actor, dataset_id)
    version = dataset.versions.filter(number=number).first()
    if version is None:
        raise NotFound(_("没有这个版本"))
    if dataset.current_id == version.pk:
        raise Refused(_("当前显示的就是这个版本"))
    before = dataset.current.number if dataset.current else 0
    dataset.current = version
    dataset.save(update_fields=["current"])
    _keep_card(dataset)
    _record(actor, "dataset.version_shown", dataset, before=before, after=version.number)
    return dataset


@transaction.atomic
def publish_dataset(
    actor: Actor, *, dataset_id: int, is_public: bool, checker: Actor | None = None
) -> Dataset:
    """Will open a dataset to everybody, or close it again. Opened only by an approved change.

    Locks the dataset. Raises: NotFound; NotAllowed; Refused (nobody has agreed; no approval
    number of the map where one is shown to the public).
    """
    dataset = lock_dataset(actor, dataset_id)
    if is_public and checker is None:
        raise Refused(_("向社会公开须经另一人复核"), code="second_person_needed")
    if is_public and not dataset.approval_number:
        raise Refused(_("公开的地图须先填写审图号"), code="approval_number_missing")
    dataset.is_public = is_public
    dataset.save(update_fields=["is_public"])
    redraw_layer(dataset.layer_code)
    more = {"checker": checker.display_name} if checker else {}
    _record(actor, "dataset.published" if is_public else "dataset.closed", dataset, **more)
    return dataset


@transaction.atomic
def retire_dataset(actor: User, *, dataset_id: int) -> Dataset:
    """Will take a dataset off the map; its versions stay. Twice changes nothing.

    Locks the dataset. Raises: NotFound; NotAllowed.
    """
    dataset = lock_dataset(actor, dataset_id)
    if dataset.retired_at is None:
        dataset.retired_at, dataset.is_public = clock.now(), False
        dataset.save(update_fields=["retired_at", "is_public"])
        _record(actor, "dataset.retired", dataset)
    return dataset


def lock_dataset(actor: Actor, dataset_id: int) -> Dataset:
    """Will lock a dataset whose unit's data the actor keeps. Raises: NotFound; NotAllowed."""
    dataset = (
        Dataset.objects.select_for_update(of=("self",))
        .select_related("unit", "current")
        .filter(pk=dataset_id)
        .first()
    )
    if dataset is None or (
        isinstance(actor, User) and not scope_of(actor).covers_tenant(dataset.tenant_id)
    ):
        raise NotFound(_("没有这份数据"))
    permissions.require_keep(actor, dataset.unit)
    return dataset


def found_dataset(job: ImportJob, geometry: str) -> Dataset:
    """Will give the dataset an import writes into, locked; made if it replaces none.

    A replacement keeps name, colour and visibility; data of another kind of geometry are
    drawn as what they are.
    """
    options = job.options
    if job.dataset_id:
        dataset = Dataset.objects.select_for_update().get(pk=job.dataset_id)
        dataset.geometry = geometry
        for name in ("source", "approval_number", "update_days"):
            if options[name]:
                setattr(dataset, name, options[name])
        dataset.save()
        return dataset
    taken = Dataset.objects.values_list("code", flat=True)
    code = fresh_code(job.name, (c.replace("-", "_") for c in taken)).replace("_", "-")
    return Dataset.objects.create(
        code=code,
        tenant_id=job.tenant_id,
        unit_id=job.unit_id,
        name=job.name,
        geometry=geometry,
        visibility=options["visibility"],
        source=options["source"],
        approval_number=options["approval_number"],
        update_days=options["update_days"],
        created_by_name=job.actor_name,
        created_at=clock.now(),
    )


def _keep_card(dataset: Dataset) -> None:
    if dataset.current is not None:
        note_update(
            dataset.layer_code,
            owner=dataset.unit,
            updated_on=dataset.current.data_on,
            update_days=dataset.update_days,
            approval_number=dataset.approval_number,
        )


def drop_old_versions(dataset: Dataset) -> None:
    """Will delete all but the last versions; the one shown stays."""
    kept = list(dataset.versions.order_by("-number").values_list("pk", flat=True)[:KEPT_VERSIONS])
    DatasetVersion.objects.filter(dataset=dataset).exclude(
        pk__in=[*kept, dataset.current_id]
    ).delete()


def _record(actor: Actor, action: str, dataset: Dataset, **data: object) -> None:
    audit.record(
        actor,
        action,
        object_type="geodata.dataset",
        object_id=dataset.pk,
        object_label=dataset.name,
        data=data,
    )
