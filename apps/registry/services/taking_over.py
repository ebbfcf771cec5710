"""Taking over a register kept elsewhere: thousands of files and links in few statements.

Every row is checked like one typed by hand. What is on file already, or twice in the list, goes
the ordinary way of ``edit_file``: it fills gaps, or waits for a keeper. Source: GR-09, GR-11.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from apps.accounts.models import Tenant, User
from apps.audit import services as audit
from apps.common import clock, forms_data
from apps.common.credit_code import clean_credit_code
from apps.common.errors import InvalidInput
from apps.common.phrases import labelled
from apps.registry import identity, permissions
from apps.registry.core_fields import ID_NUMBER
from apps.registry.enums import EditState, FileKind
from apps.registry.models import Edit, RegistryFile, Relation, RelationKind
from apps.registry.selectors.files import tenant_of
from apps.registry.selectors.values import form_of
from apps.registry.services.columns import TABLES, put_into_detail, put_into_file
from apps.registry.services.editing import edit_file
from apps.registry.services.places import place_of

BATCH = 500


@dataclass(frozen=True)
class NewFile:
    """A row of the register. mark: by what links name it. from_on: since when it is here."""

    mark: str
    kind: str
    values: Mapping[str, Any]
    from_on: date | None = None


@dataclass(frozen=True)
class NewLink:
    """A relation of two rows by their marks. to_on: the first day it no longer holds."""

    kind: str
    start: str
    end: str
    from_on: date
    to_on: date | None = None


@transaction.atomic
def take_over(
    actor: User, *, files: Sequence[NewFile], links: Sequence[NewLink] = (), source: str
) -> dict[str, RegistryFile]:
    """Will enter files and their links and give the files by mark; all or nothing.

    Raises: NotAllowed; InvalidInput (the field of the form, the row named in the message; a
        link of an unknown kind or mark).
    """
    tenant = tenant_of(actor, permissions.KEEP)
    forms = {kind: forms_data.build_form(form_of(kind)) for kind in FileKind.values}
    found: dict[str, RegistryFile] = {}
    fresh: list[tuple[NewFile, RegistryFile, dict[str, Any]]] = []
    known = set(
        RegistryFile.objects.filter(tenant=tenant)
        .exclude(same_as="")
        .values_list("kind", "same_as")
    )
    for row in files:
        file, values = _unsaved(actor, tenant, row, forms[row.kind], source)
        if file.same_as and (file.kind, file.same_as) in known:
            found[row.mark] = _by_hand(actor, row, source)
            continue
        known.add((file.kind, file.same_as))
        fresh.append((row, file, values))
    _insert(actor, tenant, fresh)
    found |= {row.mark: file for row, file, _values in fresh}
    _link(actor, found, links)
    audit.record(
        actor,
        "registry.taken_over",
        data={"source": source, "before": {}, "after": {"files": len(found), "links": len(links)}},
    )
    return found


def _unsaved(
    actor: User, tenant: Tenant, row: NewFile, form_class: Any, source: str
) -> tuple[RegistryFile, dict[str, Any]]:
    form = form_class(data={**row.values})
    if not form.is_valid():
        field = next(iter(form.errors))
        raise InvalidInput(labelled(row.mark, form.errors[field][0]), field=field)
    values = form.plain_data()
    if row.kind == FileKind.PERSON:
        number = values.get(ID_NUMBER) or ""
        told = identity.told_by_number(number) if number else {}
        values |= {name: said for name, said in told.items() if not values.get(name)}
        values[ID_NUMBER] = identity.sealed_number(number, tenant_id=tenant.pk)
    if values.get("credit_code"):
        values["credit_code"] = clean_credit_code(values["credit_code"])
    spot, area = place_of(tenant, {**values, "area": row.values.get("area")}, known=None)
    permissions.require(actor, permissions.KEEP, tenant_id=tenant.pk, area_path=area.path)
    file = RegistryFile(
        tenant=tenant,
        kind=row.kind,
        from_on=row.from_on or clock.today(),
        source=source[:40],
        created_at=clock.now(),
        created_by_name=actor.display_name,
    )
    put_into_file(file, values, spot=spot, area=area)
    return file, values


def _by_hand(actor: User, row: NewFile, source: str) -> RegistryFile:
    edit = edit_file(
        actor,
        key=uuid.uuid4().hex,
        kind=row.kind,
        file_id=None,
        base_version=None,
        values=row.values,
        at=clock.now(),
        source=source,
    )
    assert edit.file is not None
    return edit.file


def _insert(
    actor: User,
    tenant: Tenant,
    fresh: Sequence[tuple[NewFile, RegistryFile, dict[str, Any]]],
) -> None:
    RegistryFile.objects.bulk_create((file for _row, file, _v in fresh), batch_size=BATCH)
    for kind, table in TABLES.items():
        details = []
        for _row, file, values in fresh:
            if file.kind != kind:
                continue
            detail = table(file=file)
            put_into_detail(detail, kind, values)
            if kind == FileKind.PREMISES and not detail.code:
                detail.code = f"{file.area.code}{file.pk:06d}"
            details.append(detail)
        table.objects.bulk_create(details, batch_size=BATCH)
    now = clock.now()
    edits = [
        Edit(
            tenant=tenant,
            key=uuid.uuid4().hex,
            file=file,
            kind=file.kind,
            values=values,
            changed={name: [None, value] for name, value in values.items() if value},
            version=file.version,
            state=EditState.APPLIED,
            area_path=file.area_path,
            happened_at=now,
            received_at=now,
            by=actor,
            by_name=actor.display_name,
        )
        for _row, file, values in fresh
    ]
    Edit.objects.bulk_create(edits, batch_size=BATCH)


def _link(actor: User, files: Mapping[str, RegistryFile], links: Sequence[NewLink]) -> None:
    kinds = RelationKind.objects.in_bulk(field_name="code")
    rows = []
    for link in links:
        kind, start, end = kinds.get(link.kind), files.get(link.start), files.get(link.end)
        if kind is None or start is None or end is None:
            raise InvalidInput(labelled(link.kind, f"{link.start} {link.end}"), field="links")
        if (start.kind, end.kind) != (kind.from_kind, kind.to_kind):
            raise InvalidInput(labelled(link.kind, f"{link.start} {link.end}"), field="links")
        rows.append(
            Relation(
                kind=kind,
                from_file=start,
                to_file=end,
                from_on=link.from_on,
                to_on=link.to_on,
                made_at=clock.now(),
                made_by_name=actor.display_name,
            )
        )
    Relation.objects.bulk_create(rows, batch_size=BATCH)
