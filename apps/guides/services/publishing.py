"""Putting guides before the public and taking them back (MT-14)."""

from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.guides import permissions
from apps.guides.enums import PublicState
from apps.guides.models import Guide
from apps.guides.selectors.guides import audience_of
from apps.matters.enums import Service
from apps.matters.models import MatterType
from apps.matters.selectors import get_open_matter, services_of

WINDOWS_MOST = 50


@dataclass(frozen=True)
class Window:
    """Where one can go with a matter."""

    name: str
    address: str = ""
    hours: str = ""
    phone: str = ""


def parse_windows(text: str) -> list[Window]:
    """Will read windows, one a line: 名称 | 地址 | 时间 | 电话.

    Raises: InvalidInput (field "windows": a line without a name, too many parts or lines).
    """
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        parts = [part.strip() for part in line.replace("｜", "|").split("|")]
        if not any(parts):
            continue
        if not parts[0] or len(parts) > 4:
            raise InvalidInput(
                _("第 %(n)d 行应为“名称 | 地址 | 时间 | 电话”") % {"n": number}, field="windows"
            )
        found.append(Window(*[part[:120] for part in parts]))
    if len(found) > WINDOWS_MOST:
        raise InvalidInput(_("窗口不能超过%d个") % WINDOWS_MOST, field="windows")
    return found


@transaction.atomic
def publish_guide(
    actor: Actor, *, tenant: Tenant, matter_code: str, windows: list[Window]
) -> Guide:
    """Will publish the guide of the matter's version in force; the earlier one points to it.

    Publishing the same version again only changes the windows. Locks the matter type.
    Raises: NotAllowed; NotFound (no such matter in force); Refused (matter: of a kind without
        guides).
    Source: MT-14, MT-02.
    """
    permissions.require(actor, permissions.PUBLISH, tenant_id=tenant.pk)
    matter = get_open_matter(matter_code)
    if Service.GUIDE not in services_of(matter):
        told = {"matter": matter.name, "kind": matter.get_kind_display()}
        raise Refused(_("“%(matter)s”是%(kind)s事项，没有办事指南") % told, field="matter")
    MatterType.objects.select_for_update().get(pk=matter.pk)
    version = matter.current_version
    assert version is not None
    moment, rows = clock.now(), [asdict(window) for window in windows]
    earlier = Guide.objects.filter(
        tenant=tenant, matter_type=matter, state=PublicState.PUBLISHED
    ).first()
    if earlier is not None and earlier.version_id == version.pk:
        before = earlier.windows
        earlier.windows = rows
        earlier.save(update_fields=["windows"])
        _record(actor, "guide.changed", earlier, **_window_changes(before, rows))
        return earlier
    if earlier is not None:
        earlier.state, earlier.retired_at = PublicState.RETIRED, moment
        earlier.retired_reason = _("已有新版本")
        earlier.save(update_fields=["state", "retired_at", "retired_reason"])
    guide = Guide.objects.create(
        tenant=tenant,
        matter_type=matter,
        version=version,
        title=version.body["title"],
        summary=str(version.body.get("basic", {}).get("summary", ""))[:500],
        audience=audience_of(version.body),
        windows=rows,
        state=PublicState.PUBLISHED,
        published_at=moment,
        published_by_name=actor.display_name,
    )
    if earlier is not None:
        earlier.successor = guide
        earlier.save(update_fields=["successor"])
    _record(actor, "guide.published", guide)
    return guide


@transaction.atomic
def retire_guide(actor: Actor, *, guide_id: int, reason: str, successor_code: str = "") -> Guide:
    """Will take a guide back and tell the public why, and what to read instead.

    Locks the guide. Raises: NotAllowed; NotFound; Refused (not in force); InvalidInput
        (no reason; the successor has no guide in force).
    """
    guide = Guide.objects.select_for_update().filter(pk=guide_id).first()
    if guide is None:
        raise NotFound(_("没有这份办事指南"))
    permissions.require(actor, permissions.PUBLISH, tenant_id=guide.tenant_id)
    if guide.state != PublicState.PUBLISHED:
        raise Refused(_("这份指南已经停用"))
    if not reason.strip():
        raise InvalidInput(_("请填写停用原因"), field="reason")
    guide.successor = _successor(guide, successor_code) if successor_code else None
    guide.state, guide.retired_at = PublicState.RETIRED, clock.now()
    guide.retired_reason = reason.strip()[:200]
    guide.save(update_fields=["state", "retired_at", "retired_reason", "successor"])
    _record(actor, "guide.retired", guide)
    return guide


def _successor(guide: Guide, code: str) -> Guide:
    others = Guide.objects.filter(tenant=guide.tenant_id, state=PublicState.PUBLISHED)
    found = others.exclude(pk=guide.pk).filter(matter_type__code=code).first()
    if found is None:
        raise InvalidInput(_("替代的事项没有已发布的指南"), field="successor_code")
    return found


def _window_changes(before: list[dict[str, str]], after: list[dict[str, str]]) -> dict[str, Any]:
    """The windows that went and those that came; a window that was changed is both."""
    old, new = ([_line(Window(**row)) for row in rows] for rows in (before, after))
    return audit.changes(
        {"windows": [line for line in old if line not in new]},
        {"windows": [line for line in new if line not in old]},
    )


def _line(window: Window) -> str:
    """The way ``parse_windows`` reads it."""
    return " | ".join([window.name, window.address, window.hours, window.phone])


def _record(actor: Actor, action: str, guide: Guide, **more: Any) -> None:
    audit.record(
        actor,
        action,
        object_type="guide",
        object_id=guide.pk,
        object_label=str(guide),
        data={"matter": guide.matter_type.code, "version": guide.version.number, **more},
    )
