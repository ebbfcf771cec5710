"""Kinds of commands written by whoever keeps them."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import Actor
from apps.commanding import permissions
from apps.commanding.models import CommandKind
from apps.common import forms_data
from apps.common.errors import InvalidInput, NotFound
from apps.sensing.models import DeviceProfile

#: What a device can be told; files and what is personal it cannot.
TYPES = ("text", "integer", "decimal", "boolean", "choice", "multichoice", "date", "datetime")
SHORTEST_S, LONGEST_S = 10, 30 * 86400


@dataclass(frozen=True)
class KindSpec:
    """A kind as it shall be; see ``CommandKind``."""

    profile: DeviceProfile
    code: str
    name: str
    right: str
    needs_approval: bool
    time_limit_s: int
    is_active: bool = True
    parameters: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def save_kind(actor: Actor, *, spec: KindSpec, kind_id: int | None = None) -> CommandKind:
    """Will write a kind of command, new or over the one given; commands given keep their form.

    Locks the kind; audited with both sides.
    Raises: NotAllowed; NotFound; InvalidInput (field "code", "time_limit_s", "parameters",
        "profile": a kind with commands keeps its own).
    """
    permissions.require_keep_kinds(actor)
    kind = _locked(kind_id) if kind_id is not None else CommandKind()
    _check(spec, kind)
    before = _told(kind) if kind.pk else {}
    for name in spec.__dataclass_fields__:
        setattr(kind, name, getattr(spec, name))
    kind.save()
    audit.record(
        actor,
        "command_kind.changed" if before else "command_kind.created",
        object_type="command_kind",
        object_id=kind.pk,
        object_label=kind.name,
        data=audit.document_changes(before, _told(kind)),
    )
    return kind


def _locked(kind_id: int) -> CommandKind:
    kind = CommandKind.objects.select_for_update().filter(pk=kind_id).first()
    if kind is None:
        raise NotFound(_("没有这种设备命令"))
    return kind


def _check(spec: KindSpec, kind: CommandKind) -> None:
    rivals = CommandKind.objects.filter(profile=spec.profile, code=spec.code)
    if rivals.exclude(pk=kind.pk).exists():
        raise InvalidInput(_("代码“%(code)s”已被使用") % {"code": spec.code}, field="code")
    if not SHORTEST_S <= spec.time_limit_s <= LONGEST_S:
        raise InvalidInput(_("时限应为 10 秒至 30 天"), field="time_limit_s")
    if kind.pk and kind.profile_id != spec.profile.pk and kind.commands.exists():
        raise InvalidInput(_("已下达过的命令不能改到另一种设备"), field="profile")
    problems = forms_data.check_definition(spec.parameters or {"fields": []})
    for entry in spec.parameters.get("fields", []) if not problems else []:
        if entry["type"] not in TYPES or entry.get("masked"):
            problems.append(_("“%(label)s”不能作为命令参数") % {"label": entry["label"]})
    if problems:
        raise InvalidInput(problems[0], field="parameters", data={"problems": problems})


def _told(kind: CommandKind) -> dict[str, Any]:
    names = [
        name for name in KindSpec.__dataclass_fields__ if name not in ("profile", "parameters")
    ]
    return audit.snapshot(kind, *names) | {
        "profile": kind.profile.code,
        "parameters": kind.parameters,
    }
