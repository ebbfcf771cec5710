"""Writing a file: anew, changed, or kept beside until a person settles what both sides said.

Called by the pages, by the phone's outbox and by imports. What somebody typed is never lost:
every edit is a row for good. Changes of different fields merge, whoever was first; where both
changed the same field nothing is overwritten, the edit waits for a keeper. Source: RG-01, GR-14.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.audit import services as audit
from apps.common import clock, forms_data, ratelimit
from apps.common.credit_code import clean_credit_code
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.forms_data.fields import is_id_number
from apps.common.models import StoredFile
from apps.registry import identity, permissions
from apps.registry.core_fields import ID_NUMBER
from apps.registry.enums import EditState, FileKind
from apps.registry.models import Edit, RegistryFile
from apps.registry.selectors.files import tenant_of
from apps.registry.selectors.values import form_of, is_same, masked, values_of
from apps.registry.services.columns import TABLES, put_into_detail, put_into_file
from apps.registry.services.places import place_of
from apps.registry.services.targets import close_targets

PICTURES_MOST = 40
KEY_MAX, SOURCE_MAX = 64, 40
#: Whoever enters people already on file one after the other is looking somebody up.
KNOWN_AGAIN_PER_HOUR = 60


def edit_file(
    actor: User,
    *,
    key: str,
    kind: str,
    file_id: int | None,
    base_version: int | None,
    values: Mapping[str, Any],
    files: Sequence[StoredFile] = (),
    at: datetime,
    source: str = "采集",
) -> Edit:
    """Will write a new file (``file_id`` None) or change one, and give what became of it.

    key: 1-64 characters; the same again gives the first answer. base_version: what the actor
    had before them; None: what is there now. values: by field of ``form_of(kind)``, those that
    were touched; "area": code of the area where there is no point. A field sent as it is masked
    was not touched. at: when it was typed, aware.

    A new file of a thing that has one becomes an edit of that one. Locks the file.
    Raises: NotFound; NotAllowed; InvalidInput (key, a field of the form, files); Refused (the
        key is somebody else's); TooMany (too many people known already within an hour).
    """
    if kind not in FileKind.values:
        raise InvalidInput(_("请选择档案类型"), field="kind")
    if not 1 <= len(key) <= KEY_MAX:
        raise InvalidInput(_("操作编号长度应为1至64个字符"), field="key")
    if len(files) > PICTURES_MOST:
        raise InvalidInput(_("照片最多%d张") % PICTURES_MOST, field="files")
    tenant = tenant_of(actor, *permissions.WRITERS)
    if (given := find_edit(actor, tenant, key)) is not None:
        return given
    try:
        with transaction.atomic():
            edit = Edit(
                tenant=tenant,
                key=key,
                kind=kind,
                base_version=base_version,
                happened_at=at,
                received_at=clock.now(),
                by=actor if actor.pk else None,
                by_name=actor.display_name,
            )
            if file_id is None:
                _begin(actor, edit, values, source=source)
            else:
                file = _lock(actor, tenant, kind, file_id)
                _change(actor, edit, file, _read(file, values, is_new=False))
            edit.pictures.set(files)
    except IntegrityError:
        found = find_edit(actor, tenant, key)
        if found is None:
            raise
        return found
    return edit


def find_edit(actor: User, tenant: Tenant, key: str) -> Edit | None:
    """Will give the edit of this key. Raises: Refused (the key is somebody else's)."""
    found = Edit.objects.filter(tenant=tenant, key=key).select_related("file").first()
    if found is not None and found.by_id != actor.pk:
        raise Refused(_("操作编号已被使用"), code="key_taken")
    return found


@transaction.atomic
def settle_edit(actor: User, *, edit_id: int, taken: Mapping[str, str]) -> Edit:
    """Will settle a waiting edit field by field. Locks it, then its file.

    taken: per field in conflict "ours" (what was sent comes into force) or "theirs" (the file
    stays). What was sent of other fields comes into force.
    Raises: NotFound; NotAllowed; Refused (settled already); InvalidInput (a field undecided; a
        value that cannot stand).
    """
    edit = Edit.objects.select_for_update().filter(pk=edit_id).first()
    if edit is None or edit.file_id is None:
        raise NotFound(_("没有这条待核对的填报，或已核对"))
    file = _locked_file(edit.file_id)
    permissions.require(actor, permissions.KEEP, tenant_id=edit.tenant_id, area_path=file.area_path)
    if edit.state != EditState.CONFLICT:
        raise Refused(_("这条填报已核对"))
    if undecided := [n for n in edit.conflicts if taken.get(n) not in ("ours", "theirs")]:
        raise InvalidInput(_("请逐项选择采用哪一方"), field=undecided[0])
    kept_out = {name for name in edit.conflicts if taken[name] == "theirs"}
    wanted = {n: v for n, v in edit.values.items() if n not in kept_out}
    edit.changed = _differences(values_of(file), wanted)
    _write(actor, edit, file, wanted)
    edit.state = EditState.SETTLED if edit.changed else EditState.REFUSED
    edit.settled_at, edit.settled_by_name = clock.now(), actor.display_name
    edit.save()
    close_targets(edit, file)
    _log(actor, "registry_edit.settled", edit, file)
    return edit


@transaction.atomic
def close_file(actor: User, *, file_id: int, reason: str) -> RegistryFile:
    """Will close a file: the thing is no longer here. Its history stays. Locks it.

    Raises: NotFound; NotAllowed; Refused (closed already); InvalidInput (reason).
    """
    file = _locked_file(file_id)
    permissions.require(actor, permissions.KEEP, tenant_id=file.tenant_id, area_path=file.area_path)
    if not reason.strip():
        raise InvalidInput(_("请填写注销原因"), field="reason")
    if file.to_on is not None:
        raise Refused(_("该档案已注销"))
    # Its mark goes, so that whoever comes back gets a file again.
    file.to_on, file.same_as = max(clock.today(), file.from_on), ""
    file.save(update_fields=["to_on", "same_as"])
    audit.record(
        actor,
        "registry_file.closed",
        object_type="registry_file",
        object_id=file.pk,
        object_label=file.ref,
        data={
            "reason": reason.strip()[:200],
            "before": {"to_on": None},
            "after": {"to_on": file.to_on.isoformat()},
        },
    )
    return file


# --- A new file -------------------------------------------------------------------------


def _begin(actor: User, edit: Edit, values: Mapping[str, Any], *, source: str) -> None:
    file = RegistryFile(
        tenant=edit.tenant,
        kind=edit.kind,
        from_on=clock.today(),
        source=source[:SOURCE_MAX],
        created_at=edit.received_at,
        created_by_name=edit.by_name,
    )
    given = _read(file, values, is_new=True)
    spot, area = place_of(edit.tenant, {**given, "area": values.get("area")}, known=None)
    permissions.require(actor, *permissions.WRITERS, tenant_id=edit.tenant_id, area_path=area.path)
    put_into_file(file, given, spot=spot, area=area)
    file.fields_number = form_of(edit.kind)["number"]
    if (known := _same_thing(file)) is not None:
        ratelimit.hit("registry.known", str(actor.pk), limit=KNOWN_AGAIN_PER_HOUR, per_seconds=3600)
        return _change(actor, edit, known, given, is_second=True)
    try:
        with transaction.atomic():
            _insert(file, given)
    except IntegrityError:
        rival = _same_thing(file)
        if rival is None:
            raise
        return _change(actor, edit, rival, given, is_second=True)
    edit.file, edit.version, edit.state = file, file.version, EditState.APPLIED
    edit.values, edit.area_path = given, file.area_path
    edit.changed = {name: [None, value] for name, value in given.items() if value}
    edit.save()
    return _log(actor, "registry_file.created", edit, file)


def _insert(file: RegistryFile, given: dict[str, Any]) -> None:
    file.save(force_insert=True)
    detail = TABLES[file.kind](file=file)
    put_into_detail(detail, file.kind, given)
    if file.kind == FileKind.PREMISES and not detail.code:
        detail.code = f"{file.area.code}{file.pk:06d}"
    detail.save(force_insert=True)


def _same_thing(file: RegistryFile) -> RegistryFile | None:
    """The file of the same thing, locked."""
    if not file.same_as:
        return None
    found = RegistryFile.objects.filter(
        tenant=file.tenant, kind=file.kind, same_as=file.same_as
    ).values_list("pk", flat=True)
    pk = found.first()
    return _locked_file(pk) if pk is not None else None


# --- A change ---------------------------------------------------------------------------


def _change(
    actor: User,
    edit: Edit,
    file: RegistryFile,
    given: dict[str, Any],
    *,
    is_second: bool = False,
) -> None:
    """Applies, merges or keeps beside. is_second: it was meant to be a new file."""
    current = values_of(file)
    if is_second:
        given = {name: value for name, value in given.items() if not is_same(value, None)}
    edit.file, edit.values, edit.area_path = file, given, file.area_path
    touched = _differences(current, given)
    if file.to_on is not None:
        return _keep_out(actor, edit, file, EditState.REFUSED, _("该档案已注销"))
    since = _changed_since(file, edit.base_version)
    if is_second:  # what the file says already is not overwritten by who did not know of it
        overlap = {name for name, (before, _after) in touched.items() if not is_same(before, None)}
        since = {name: touched[name][0] for name in overlap}
    else:
        overlap = touched.keys() & since.keys()
    edit.conflicts = {name: [since[name], *touched[name]] for name in sorted(overlap)}
    if edit.conflicts:
        return _keep_out(actor, edit, file, EditState.CONFLICT, "")
    if (other := _taken_by_other(file, current | given)) is not None:
        edit.conflicts = {n: [pair[0], *pair] for n, pair in touched.items()}
        reason = _("与另一份档案 %s 是同一对象，请核对") % other.ref
        return _keep_out(actor, edit, file, EditState.CONFLICT, reason)
    is_behind = edit.base_version is not None and edit.base_version < file.version
    edit.changed = touched
    _write(actor, edit, file, given)
    edit.state = EditState.MERGED if is_second or is_behind else EditState.APPLIED
    edit.save()
    close_targets(edit, file)
    return _log(actor, "registry_file.changed", edit, file)


def _keep_out(actor: User, edit: Edit, file: RegistryFile, state: EditState, reason: str) -> None:
    edit.state, edit.reason = state, reason
    edit.save()
    _log(actor, "registry_edit.kept", edit, file)


def _write(actor: User, edit: Edit, file: RegistryFile, given: dict[str, Any]) -> None:
    """Puts values into a locked file; one that says nothing new only confirms it."""
    file.confirmed_at = clock.now()
    if not edit.changed:
        file.save(update_fields=["confirmed_at"])
    else:
        whole = values_of(file) | given
        spot, area = place_of(edit.tenant, whole, known=file.area)
        permissions.require(
            actor, *permissions.WRITERS, tenant_id=file.tenant_id, area_path=area.path
        )
        put_into_file(file, whole, spot=spot, area=area)
        file.version += 1
        file.fields_number = form_of(file.kind)["number"]
        detail = getattr(file, file.kind)
        put_into_detail(detail, file.kind, whole)
        try:
            with transaction.atomic():
                file.save()
        except IntegrityError as error:
            raise Refused(_("与另一份档案是同一对象，请核对")) from error
        detail.save()
    edit.version = file.version


def _changed_since(file: RegistryFile, base_version: int | None) -> dict[str, Any]:
    """What came into force after a version: {field: what it was then}."""
    if base_version is None or base_version >= file.version:
        return {}
    found: dict[str, Any] = {}
    for changed in file.edits.filter(version__gt=base_version).order_by("version", "pk"):
        for name, (before, _after) in changed.changed.items():
            found.setdefault(name, before)
    return found


def _taken_by_other(file: RegistryFile, whole: dict[str, Any]) -> RegistryFile | None:
    mark = identity.same_as(file.kind, whole, tenant_id=file.tenant_id)
    if not mark or mark == file.same_as:
        return None
    same = RegistryFile.objects.filter(tenant_id=file.tenant_id, kind=file.kind, same_as=mark)
    return same.exclude(pk=file.pk).first()


def _differences(current: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {
        name: [current.get(name), value]
        for name, value in given.items()
        if not is_same(current.get(name), value)
    }


# --- Reading what was sent --------------------------------------------------------------


def _read(file: RegistryFile, values: Mapping[str, Any], *, is_new: bool) -> dict[str, Any]:
    """Gives the touched fields as they are kept. Raises: InvalidInput."""
    definition = form_of(file.kind)
    current = {} if is_new else values_of(file)
    sent = {
        name: value
        for name, value in values.items()
        if is_new or value != masked(file.kind, name, current.get(name), definition)
    }
    told = _told(sent)
    wanted = sent.keys() | told.keys()
    entries = [e for e in definition["fields"] if is_new or e["name"] in wanted]
    names = {entry["name"] for entry in entries}
    for entry in entries:
        if entry.get("show_if", {}).get("field") not in names:
            entry.pop("show_if", None)
        if entry.get("parent") not in names:
            entry.pop("parent", None)
    given = forms_data.clean({"fields": entries}, {**sent, **told})
    if ID_NUMBER in given:
        number = given[ID_NUMBER] or ""
        given[ID_NUMBER] = identity.sealed_number(number, tenant_id=file.tenant_id)
    if given.get("credit_code"):
        given["credit_code"] = clean_credit_code(given["credit_code"])
    return given


def _told(sent: Mapping[str, Any]) -> dict[str, str]:
    """What the identity number says by itself, where nobody said otherwise."""
    number = str(sent.get(ID_NUMBER) or "").strip().upper()
    if not is_id_number(number):
        return {}
    return {n: v for n, v in identity.told_by_number(number).items() if not sent.get(n)}


def _lock(actor: User, tenant: Tenant, kind: str, file_id: int) -> RegistryFile:
    file = _locked_file(file_id)
    reaches = permissions.reaches(
        actor, *permissions.WRITERS, tenant_id=file.tenant_id, area_path=file.area_path
    )
    if not reaches or file.kind != kind or file.tenant_id != tenant.pk:
        raise NotFound(_("没有这份档案，或您无权查看"))
    return file


def _locked_file(file_id: int) -> RegistryFile:
    found = (
        RegistryFile.objects.select_for_update(of=("self",))
        .select_related("tenant__area", "area", *FileKind.values)
        .defer("tenant__area__boundary", "area__boundary")
        .filter(pk=file_id)
        .first()
    )
    if found is None:
        raise NotFound(_("没有这份档案，或您无权查看"))
    return found


def _log(actor: User, action: str, edit: Edit, file: RegistryFile) -> None:
    def told(place: int) -> dict[str, Any]:
        return {n: masked(file.kind, n, pair[place]) for n, pair in edit.changed.items()}

    audit.record(
        actor,
        action,
        object_type="registry_file",
        object_id=file.pk,
        object_label=file.ref,
        data={
            "edit": edit.pk,
            "state": str(edit.state),
            "conflicts": sorted(edit.conflicts),
            "before": told(0),
            "after": told(1),
        },
    )
