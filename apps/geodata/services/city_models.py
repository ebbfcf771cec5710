"""3D models shown by outside viewers, and what their objects are here. Source: GE-09."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import scope_of
from apps.audit import services as audit
from apps.audit.services import changes, snapshot
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.imports import ImportColumn, Parsed, Report, text, write_rows
from apps.common.phrases import series
from apps.geodata import permissions
from apps.geodata.city_models import OBJECT
from apps.geodata.models import CityModel, ModelLink
from apps.geodata.registry import all_targets, target_of

_SAID = ("name", "edition", "viewer_url", "description")
_LINKED = ("object_id", "kind", "target_code")
#: What a file of links holds; the headers are the same in every language, so that what one
#: person writes another can import.
COLUMNS = (
    ImportColumn("object_id", "模型对象编号", text(120), required=True),
    ImportColumn("word", "关联类别", text(20), required=True),
    ImportColumn("target_code", "编码", text(40), required=True),
)


@dataclass(frozen=True)
class ModelData:
    """What people say about a model."""

    name: str
    edition: str
    viewer_url: str
    description: str = ""


@transaction.atomic
def register_model(actor: User, *, unit: Organization, data: ModelData) -> CityModel:
    """Will write down a 3D model and the address of its viewer; audited.

    Raises: NotAllowed; InvalidInput (fields ``name``, ``edition``, ``viewer_url``).
    Source: GE-09.
    """
    permissions.require_keep(actor, unit)
    model = CityModel(
        tenant=unit.tenant,
        unit=unit,
        created_by_name=actor.display_name,
        created_at=clock.now(),
    )
    _say(model, data)
    model.save(force_insert=True)
    _record(actor, "city_model.registered", model, **changes({}, snapshot(model, *_SAID)))
    return model


@transaction.atomic
def edit_model(actor: User, *, model_id: int, data: ModelData) -> CityModel:
    """Will change what is said about a model; audited. Locks the model.

    Raises: as ``register_model``; NotFound.
    """
    model = lock_model(actor, model_id)
    before = snapshot(model, *_SAID)
    _say(model, data)
    model.save()
    _record(actor, "city_model.edited", model, **changes(before, snapshot(model, *_SAID)))
    return model


@transaction.atomic
def retire_model(actor: User, *, model_id: int) -> CityModel:
    """Will take a model out of use; its links stay but are shown nowhere. Twice changes nothing.

    Locks the model. Raises: NotFound; NotAllowed.
    """
    model = lock_model(actor, model_id)
    if model.retired_at is None:
        before = snapshot(model, "retired_at")
        model.retired_at = clock.now()
        model.save(update_fields=["retired_at"])
        differing = changes(before, snapshot(model, "retired_at"))
        _record(actor, "city_model.retired", model, **differing)
    return model


@transaction.atomic
def link_object(
    actor: User, *, model_id: int, object_id: str, kind: str, target_code: str
) -> ModelLink:
    """Will say that an object of a model is this asset or case; audited.

    Locks the model. Raises: NotFound; NotAllowed; Refused (linked already, or the model is out
    of use); InvalidInput (fields ``object_id``, ``kind``, ``target_code``: not among what the
    actor sees).
    """
    model = lock_model(actor, model_id)
    target = target_of(kind)
    if target is None:
        raise InvalidInput(_("没有这种关联类别"), field="kind")
    found = target.find(actor, [target_code.strip()])
    link = _linked(actor, model, object_id, kind, found[0].code if found else "")
    _record(actor, "model_link.made", model, **changes({}, snapshot(link, *_LINKED)))
    return link


@transaction.atomic
def unlink_object(actor: User, *, model_id: int, link_id: int) -> None:
    """Will undo a link; audited. Locks the model. Raises: NotFound; NotAllowed."""
    model = lock_model(actor, model_id)
    link = model.links.filter(pk=link_id).first()
    if link is None:
        raise NotFound(_("没有这条关联"))
    before = snapshot(link, *_LINKED)
    link.delete()
    _record(actor, "model_link.undone", model, **changes(before, dict.fromkeys(before)))


@transaction.atomic
def import_links(actor: User, *, model_id: int, parsed: Parsed) -> Report:
    """Will make the links of a file, all or none; those that stand already are passed over.

    parsed: by ``COLUMNS``. Locks the model. Raises: NotFound; NotAllowed.
    """
    model = lock_model(actor, model_id)
    kinds = _kinds_by_word()
    seen = {
        target.kind: {
            found.code
            for found in target.find(
                actor,
                [r.values["target_code"] for r in parsed.rows if kinds.get(r.values["word"])],
            )
        }
        for target in all_targets()
    }
    made = 0

    def write(values: dict[str, Any]) -> None:
        nonlocal made
        kind, code = kinds.get(values["word"], ""), values["target_code"]
        if not kind:
            words = series(target.word for target in all_targets())
            message = _("关联类别应为：%(words)s") % {"words": words}
            raise InvalidInput(message, field=_HEADERS["word"])
        try:
            _linked(actor, model, values["object_id"], kind, code if code in seen[kind] else "")
        except InvalidInput as error:
            raise InvalidInput(str(error), field=_HEADERS.get(error.field or "")) from error
        except Refused as refusal:
            if refusal.code != "already_linked":
                raise
        else:
            made += 1

    report = write_rows(parsed, write=write, partial=False)
    if not report.errors:
        _record(actor, "model_link.imported", model, rows=report.saved, made=made)
    return report


def lock_model(actor: User, model_id: int) -> CityModel:
    """Will lock a model whose unit's data the actor keeps. Raises: NotFound; NotAllowed."""
    model = (
        CityModel.objects.select_for_update(of=("self",))
        .select_related("unit")
        .filter(pk=model_id)
        .first()
    )
    if model is None or not scope_of(actor).covers_tenant(model.tenant_id):
        raise NotFound(_("没有这个三维模型"))
    permissions.require_keep(actor, model.unit)
    return model


def _kinds_by_word() -> dict[str, str]:
    """The words of the files' own language and of the person's."""
    found = {str(target.word): target.kind for target in all_targets()}
    with translation.override("zh-hans"):
        return found | {str(target.word): target.kind for target in all_targets()}


_HEADERS = {column.name: column.header for column in COLUMNS}


def _linked(
    actor: User, model: CityModel, object_id: str, kind: str, target_code: str
) -> ModelLink:
    """target_code: of what the actor sees; "" where they see nothing of the code."""
    if model.retired_at is not None:
        raise Refused(_("这个三维模型已停用"))
    object_id = object_id.strip()
    if not object_id or len(object_id) > 120 or not object_id.isprintable():
        raise InvalidInput(_("模型对象编号应为1至120字，不含换行等控制符"), field="object_id")
    if not target_code:
        raise InvalidInput(_("没有这个编码，或您无权查看"), field="target_code")
    link, is_new = ModelLink.objects.get_or_create(
        model=model,
        object_id=object_id,
        kind=kind,
        target_code=target_code,
        defaults={"made_by_name": actor.display_name, "made_at": clock.now()},
    )
    if not is_new:
        raise Refused(_("这个对象已有相同的关联"), code="already_linked")
    return link


def _say(model: CityModel, data: ModelData) -> None:
    for name in ("name", "edition"):
        if not getattr(data, name).strip():
            raise InvalidInput(_("请填写名称和版本"), field=name)
    _check_address(data.viewer_url.strip())
    for name, value in vars(data).items():
        setattr(model, name, value.strip())


def _check_address(url: str) -> None:
    """The address is only ever a link, but a link people trust because this product shows it."""
    if len(url) > 500 or any(c <= " " or c in "\\\"'<>\x7f" for c in url):
        raise _bad_address(_("地址过长，或含空格、引号等字符"))
    if set(re.findall(r"\{[^{}]*\}?", url)) != {OBJECT}:
        raise _bad_address(_("地址中须有且只有占位符 {object}"))
    try:
        parts = urlsplit(url)
        place = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    except ValueError as error:
        raise _bad_address(_("这不是一个完整的网址")) from error
    if not parts.hostname or "@" in parts.netloc or "{" in parts.netloc:
        raise _bad_address(_("网址须有主机名，主机名中不能有占位符和用户名"))
    is_known = {parts.hostname, place} & set(settings.MODEL_VIEWER_HTTP_HOSTS)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_known):
        raise _bad_address(_("网址须以 https:// 开头；http 只限本市登记的主机"))


def _bad_address(message: str) -> InvalidInput:
    return InvalidInput(message, field="viewer_url")


def _record(actor: User, action: str, model: CityModel, **data: object) -> None:
    audit.record(
        actor,
        action,
        object_type="geodata.city_model",
        object_id=model.pk,
        object_label=model.name,
        data=data,
    )
