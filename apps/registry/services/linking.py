"""Linking files by dated relations, and ending the links. Source: RG-03, RG-05, GR-13."""

from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.registry import permissions
from apps.registry.models import RegistryFile, Relation, RelationKind


@transaction.atomic
def link_files(
    actor: User,
    *,
    kind_code: str,
    from_id: int,
    to_id: int,
    from_on: date,
    to_on: date | None = None,
    note: str = "",
) -> Relation:
    """Will link two files from a day on; to_on: the first day on which it no longer holds.

    Locks both files. Raises: NotFound (a file out of reach); NotAllowed; InvalidInput (kind, or
        its files are of other kinds; dates); Refused (they are linked so at that time already).
    """
    kind = RelationKind.objects.filter(code=kind_code).first()
    if kind is None or not _in_force(kind, from_on):
        raise InvalidInput(_("请选择关系"), field="kind")
    if to_on is not None and to_on <= from_on:
        raise InvalidInput(_("结束日期应晚于开始日期"), field="to_on")
    files = _lock_both(actor, from_id, to_id)
    if (files[from_id].kind, files[to_id].kind) != (kind.from_kind, kind.to_kind):
        raise InvalidInput(_("这种关系不适用于所选的两份档案"), field="kind")
    made = Relation(
        kind=kind,
        from_file=files[from_id],
        to_file=files[to_id],
        from_on=from_on,
        to_on=to_on,
        note=note.strip()[:200],
        made_at=clock.now(),
        made_by_name=actor.display_name,
    )
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError as error:
        raise Refused(_("这段时间内已有同样的关系，请先终止原有的一段")) from error
    _log(actor, "registry_relation.made", made, before={}, after={"to_on": _day(to_on)})
    return made


@transaction.atomic
def end_relation(actor: User, *, relation_id: int, on: date) -> Relation:
    """Will end a link on a day. Locks it.

    on: the first day on which it no longer holds. Raises: NotFound; NotAllowed; InvalidInput
        (the day is not after its beginning); Refused (ended already).
    """
    found = (
        Relation.objects.select_for_update(of=("self",))
        .select_related("kind", "from_file", "to_file")
        .filter(pk=relation_id)
        .first()
    )
    if found is None or not _may_write(actor, found.from_file, found.to_file):
        raise NotFound(_("没有这条关系，或您无权修改"))
    if found.ended_at is not None or (found.to_on and found.to_on <= clock.today()):
        raise Refused(_("这条关系已终止"))
    if on <= found.from_on:
        raise InvalidInput(_("结束日期应晚于开始日期"), field="to_on")
    before = {"to_on": _day(found.to_on)}
    found.to_on, found.ended_at, found.ended_by_name = on, clock.now(), actor.display_name
    found.save(update_fields=["to_on", "ended_at", "ended_by_name"])
    _log(actor, "registry_relation.ended", found, before=before, after={"to_on": _day(on)})
    return found


def _lock_both(actor: User, from_id: int, to_id: int) -> dict[int, RegistryFile]:
    files = {
        file.pk: file
        for file in RegistryFile.objects.select_for_update()
        .filter(pk__in=(from_id, to_id))
        .order_by("pk")
    }
    if len(files) != 2 or not _may_write(actor, *files.values()):
        raise NotFound(_("没有这份档案，或您无权查看"))
    first, second = files.values()
    if first.tenant_id != second.tenant_id:
        raise NotFound(_("没有这份档案，或您无权查看"))
    return files


def _may_write(actor: User, *files: RegistryFile) -> bool:
    """One of the two is the actor's to write: a person may move to another street."""
    return any(
        permissions.reaches(
            actor, *permissions.WRITERS, tenant_id=file.tenant_id, area_path=file.area_path
        )
        for file in files
    ) and all(
        permissions.reaches(
            actor,
            *permissions.WRITERS,
            *permissions.READERS,
            tenant_id=file.tenant_id,
            area_path=file.area_path,
        )
        for file in files
    )


def _in_force(kind: RelationKind, day: date) -> bool:
    return kind.from_on <= day and (kind.to_on is None or day < kind.to_on)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _log(
    actor: User,
    action: str,
    relation: Relation,
    *,
    before: dict[str, str | None],
    after: dict[str, str | None],
) -> None:
    audit.record(
        actor,
        action,
        object_type="registry_file",
        object_id=relation.from_file_id,
        object_label=relation.from_file.ref,
        data={
            "relation": relation.pk,
            "kind": relation.kind.code,
            "to": relation.to_file.ref,
            "before": before,
            "after": after,
        },
    )
