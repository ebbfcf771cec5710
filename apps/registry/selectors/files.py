"""Reads of files: one, a search, near matches, and what a worker's phone may carry."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_for
from apps.common.errors import NotAllowed, NotFound
from apps.common.forms_data.fields import is_id_number
from apps.common.masking import mask_phone
from apps.places.models import Area
from apps.places.text import address_key
from apps.registry import identity, permissions
from apps.registry.core_fields import ID_NUMBER
from apps.registry.enums import FileKind
from apps.registry.models import Edit, RegistryFile
from apps.registry.selectors.values import form_of, masked_values, shown_address, shown_title

DETAILS = tuple(FileKind.values)
PACK_MOST = 3000
NEAR_MOST = 8
_NEAR_ENOUGH = 0.45  # trigram likeness of a name; below it the names merely share a character


def tenant_of(actor: User, *rights: str) -> Tenant:
    """Will give the body for which somebody works by these rights. Raises: NotAllowed."""
    scope = scope_for(actor, *rights)
    found = Tenant.objects.select_related("area")
    if not scope.everything:
        found = found.filter(pk__in=scope.tenant_ids)
    tenant = found.order_by("pk").first()
    if tenant is None:
        raise NotAllowed(_("您没有执行该操作的权限"))
    return tenant


def list_files(
    viewer: User,
    *,
    kind: str = "",
    text: str = "",
    area_path: str = "",
    conditions: Mapping[str, Any] | None = None,
    closed: bool = False,
) -> QuerySet[RegistryFile]:
    """Will give the files the viewer reaches, newest first.

    text: of firms, places and goods part of the name; of a person the whole name, telephone or
    identity number (nobody is found by a part of them); of all part of the address.
    conditions: further ones over the columns of ``RegistryFile``, see ``selectors.figures``.
    """
    found = RegistryFile.objects.filter(
        permissions.within_reach(viewer, *permissions.READERS), to_on__isnull=not closed
    )
    if kind in FileKind.values:
        found = found.filter(kind=kind)
    if area_path:
        found = found.filter(area_path__startswith=area_path)
    if text := text.strip():
        found = found.filter(_matching(viewer, text))
    if conditions:
        found = found.filter(**conditions)
    return found.select_related("area", *DETAILS).defer("area__boundary").order_by("-pk")


def is_exact_number(text: str) -> bool:
    """Will tell whether a search asks for one person by the whole identity number."""
    return is_id_number(text.strip().upper())


def _matching(viewer: User, text: str) -> Q:
    if is_exact_number(text):
        scope = scope_for(viewer, *permissions.READERS)
        tenants = scope.tenant_ids or Tenant.objects.values_list("pk", flat=True)
        digests = [identity.number_digest(text, tenant_id=pk) for pk in tenants]
        return Q(person__id_digest__in=digests)
    found = Q(title=text) | Q(phone=text) | (Q(title__icontains=text) & ~Q(kind=FileKind.PERSON))
    if len(key := address_key(text)) > 1:
        found |= Q(address_key__contains=key)
    return found | Q(premises__code=text) | Q(firm__credit_code=text.upper())


def get_file(viewer: User, file_id: int) -> RegistryFile:
    """Will give one file. Raises: NotFound (none, or out of the viewer's reach)."""
    found = (
        RegistryFile.objects.filter(
            permissions.within_reach(viewer, *permissions.READERS), pk=file_id
        )
        .select_related("area", "tenant", *DETAILS)
        .defer("area__boundary")
        .first()
    )
    if found is None:
        raise NotFound(_("没有这份档案，或您无权查看"))
    return found


def near_matches(
    viewer: User, *, kind: str, values: Mapping[str, Any], besides: int | None = None
) -> list[RegistryFile]:
    """Will give the files that may be of the same thing, before a second one is made.

    Same telephone, same name and birthday, same identity number, same or alike address or name;
    within the viewer's reach only. Source: GR-12.
    """
    likely = _likely(viewer, kind, values)
    if likely is None:
        return []
    reach = permissions.within_reach(viewer, *permissions.READERS)
    found = RegistryFile.objects.filter(reach, kind=kind, to_on=None).filter(likely)
    name = str(values.get("name") or values.get("address") or "")
    found = found.annotate(near=TrigramSimilarity("title", name)).order_by("-near", "-pk")
    if besides is not None:
        found = found.exclude(pk=besides)
    return list(found.select_related("area", *DETAILS).defer("area__boundary")[:NEAR_MOST])


def _likely(viewer: User, kind: str, values: Mapping[str, Any]) -> Q | None:
    found: list[Q] = []
    name, phone = str(values.get("name") or "").strip(), str(values.get("phone") or "").strip()
    if phone:
        found.append(Q(phone=phone))
    if kind == FileKind.PERSON:
        if name and values.get("born_on"):
            found.append(Q(title=name, person__born_on=values["born_on"]))
        number = str(values.get(ID_NUMBER) or "")
        if is_exact_number(number):
            found.append(_matching(viewer, number))
    elif len(name) > 1:
        found.append(Q(title__trigram_similar=name) | Q(title__icontains=name))
    key = identity.house_key(dict(values)) if kind != FileKind.PERSON else ""
    if len(key) > 3:
        found.append(Q(address_key=key) | Q(address_key__startswith=key))
    if not found:
        return None
    likely = found[0]
    for each in found[1:]:
        likely |= each
    return likely


def files_in(user: User, *, cells: Iterable[Area]) -> list[dict[str, Any]]:
    """Will give what a phone may carry of the open files of these cells, personal data masked.

    cells: those the caller knows to be the worker's. At most 3,000, premises first, so that
    the map is whole. Each: id, kind, ref, title, address, phone, area (code), point, version,
    values (masked) and form (version of the fields).
    """
    paths = [cell.path for cell in cells]
    tenants = scope_for(user, *permissions.READERS)
    if not paths or not (tenants.everything or tenants.tenant_ids):
        return []
    within = Q(pk__in=[])
    for path in paths:
        within |= Q(area_path__startswith=path)
    found = RegistryFile.objects.filter(within, to_on=None)
    if not tenants.everything:
        found = found.filter(tenant_id__in=tenants.tenant_ids)
    order = {kind: place for place, kind in enumerate(("premises", "person", "site", "firm"))}
    rows = found.select_related("area", *DETAILS).defer("area__boundary").order_by("pk")
    forms = {kind: form_of(kind) for kind in FileKind.values}
    packed = sorted(rows, key=lambda row: order.get(row.kind, len(order)))[:PACK_MOST]
    return [_packed(row, forms[row.kind]) for row in packed]


def _packed(row: RegistryFile, definition: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row.pk,
        "kind": row.kind,
        "ref": row.ref,
        "title": shown_title(row),
        "address": shown_address(row),
        "phone": mask_phone(row.phone),
        "area": row.area.code,
        "point": _shown_point(row),
        "version": row.version,
        "values": masked_values(row, definition),
        "form": definition["number"],
    }


def _shown_point(row: RegistryFile) -> list[float] | None:
    """Things have a place on the phone's map; people are found through their house."""
    if row.point is None or row.kind == FileKind.PERSON:
        return None
    return [row.point.x, row.point.y]


def list_edits(file: RegistryFile) -> QuerySet[Edit]:
    """Will give what was sent of a file, newest first."""
    return file.edits.prefetch_related("pictures")


def list_conflicts(viewer: User) -> QuerySet[Edit]:
    """Will give the edits that wait for a keeper of their area, oldest first."""
    return (
        Edit.objects.filter(permissions.within_reach(viewer, permissions.KEEP), state="conflict")
        .select_related("file")
        .order_by("received_at", "pk")
    )


def get_edit(viewer: User, edit_id: int) -> Edit:
    """Will give an edit that waits for a keeper's word. Raises: NotFound."""
    found = list_conflicts(viewer).filter(pk=edit_id).first()
    if found is None:
        raise NotFound(_("没有这条待核对的填报，或已核对"))
    return found
