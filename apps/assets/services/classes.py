"""What a class of things is asked beside the common columns. Source: IO-02."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.assets import own_fields, permissions
from apps.assets.models import Asset, AssetClass
from apps.assets.services.files import TITLES
from apps.audit import services as audit
from apps.common.errors import InvalidInput, NotFound, Refused


@transaction.atomic
def set_class_fields(actor: Any, *, code: str, fields: Sequence[dict[str, Any]]) -> AssetClass:
    """Will say what things of a class are asked; the same again changes nothing. Locks the class.

    fields: entries of a form as data. What things answered to a field that goes stays with
    them, unseen, and is seen again when the field of that name comes back. Audited with both
    sides.
    Raises: NotAllowed; NotFound; InvalidInput (field "fields": not a form, a type the register
        does not take, a label in use); Refused (things answered to a field of that name with
        another type).
    """
    permissions.require_define(actor)
    kind = AssetClass.objects.select_for_update().filter(code=code).first()
    if kind is None:
        raise NotFound(_("没有代码为“%(code)s”的部件类别") % {"code": code})
    form = {"fields": list(fields)} if fields else {}
    if problems := own_fields.problems_of(form or {"fields": []}, TITLES):
        raise InvalidInput(problems[0], field="fields", data={"problems": problems})
    if form == kind.form:
        return kind
    _require_same_types(kind, form)
    before = {"form": kind.form}
    kind.form = form
    kind.save(update_fields=["form"])
    audit.record_row(
        actor, "asset_class.form_set", kind, **audit.document_changes(before, {"form": form})
    )
    return kind


def _require_same_types(kind: AssetClass, form: dict[str, Any]) -> None:
    before = {entry["name"]: entry["type"] for entry in own_fields.entries_of(kind)}
    for entry in form.get("fields", []):
        name = entry["name"]
        if before.get(name, entry["type"]) == entry["type"]:
            continue
        if Asset.objects.filter(kind=kind, details__has_key=name).exists():
            raise Refused(
                _("“%(label)s”已有部件填写，不能改变填写方式；请另加一个字段")
                % {"label": entry["label"]},
                field="fields",
            )
