"""Collection tasks with their progress, and what is shared with whom."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_of
from apps.common.errors import NotFound
from apps.registry import permissions
from apps.registry.core_fields import FILE_COLUMNS, ID_NUMBER, RESERVED
from apps.registry.enums import FieldGroup, FileKind, TargetState
from apps.registry.models import CollectionTask, RegistryFile, Relation, Share
from apps.registry.selectors.values import form_of, values_of

_CONTACT = frozenset({"phone", "address", "point"})
_IDENTITY = frozenset({ID_NUMBER, "id_kind", "born_on"})


def list_tasks(viewer: User) -> QuerySet[CollectionTask]:
    """Will give the tasks in the viewer's reach or given to the viewer, with their counts."""
    reach = permissions.within_reach(viewer, permissions.KEEP, permissions.COLLECT)
    return (
        CollectionTask.objects.filter(reach | Q(worker=viewer))
        .select_related("area", "worker")
        .defer("area__boundary")
        .annotate(
            n=Count("targets"),
            n_open=Count("targets", filter=Q(targets__state=TargetState.OPEN)),
            n_good=Count("targets", filter=Q(targets__state=TargetState.GOOD)),
            n_bad=Count("targets", filter=Q(targets__state=TargetState.BAD)),
        )
    )


def get_task(viewer: User, task_id: int) -> CollectionTask:
    """Will give one task. Raises: NotFound."""
    found = list_tasks(viewer).filter(pk=task_id).first()
    if found is None:
        raise NotFound(_("没有这个采集任务"))
    return found


def list_shares(viewer: User) -> QuerySet[Share]:
    """Will give what is shared, for those who manage it, with how often it was taken."""
    return (
        Share.objects.filter(permissions.within_reach(viewer, permissions.SHARE))
        .select_related("unit", "area")
        .defer("area__boundary")
        .annotate(n_reads=Count("reads"), n_rows=Sum("reads__rows"), last_at=Max("reads__at"))
    )


def shares_for(viewer: User, kind: str) -> list[Share]:
    """Will give what the viewer's units receive of a kind."""
    scope = scope_of(viewer)
    return list(Share.objects.filter(unit_id__in=scope.organization_ids, kind=kind, ended_at=None))


def shared_files(shares: Iterable[Share]) -> QuerySet[RegistryFile]:
    """Will give the open files these shares of one kind reach."""
    within = Q(pk__in=[])
    for share in shares:
        within |= Q(
            tenant_id=share.tenant_id, kind=share.kind, area_path__startswith=share.area_path
        )
    found = RegistryFile.objects.filter(within, to_on=None)
    return found.select_related("area", *FileKind.values).defer("area__boundary").order_by("pk")


def shared_row(
    file: RegistryFile, shares: Iterable[Share], groups: Iterable[str]
) -> dict[str, Any]:
    """Will give the fields of a file that these shares and field groups let through.

    groups: those the reader may ask for. The identity number goes out masked: whoever needs it
    whole asks for the file with a purpose.
    """
    given = {share.group for share in shares if file.area_path.startswith(share.area_path)} & set(
        groups
    )
    values = values_of(file)
    found: dict[str, Any] = {
        name: value for name, value in values.items() if group_of(name) in given
    }
    if ID_NUMBER in found:
        found[ID_NUMBER] = found[ID_NUMBER]["shown"]
    found |= {"id": file.pk, "ref": file.ref, "area": file.area.code, "version": file.version}
    if FieldGroup.LINKS in given:
        found["links"] = _links(file)
    return found


def group_of(name: str) -> str:
    """Will give the field group a field belongs to."""
    if name in _CONTACT:
        return FieldGroup.CONTACT
    if name in _IDENTITY:
        return FieldGroup.IDENTITY
    is_core = name in RESERVED or name in FILE_COLUMNS
    return FieldGroup.BASIC if is_core else FieldGroup.EXTRA


def fields_by_group(kind: str) -> dict[str, list[str]]:
    """Will give the labels of the fields of a kind by group, for the page that shares them."""
    found: dict[str, list[str]] = {group: [] for group in FieldGroup.values}
    for entry in form_of(kind)["fields"]:
        found[group_of(entry["name"])].append(entry["label"])
    return found


def _links(file: RegistryFile) -> list[dict[str, Any]]:
    rows = Relation.objects.filter(Q(from_file=file) | Q(to_file=file), to_on=None)
    return [
        {
            "kind": row.kind.code,
            "from": row.from_file_id,
            "to": row.to_file_id,
            "from_on": row.from_on.isoformat(),
        }
        for row in rows.select_related("kind")
    ]
