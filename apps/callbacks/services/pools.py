"""Pools and scripts: who is called back, and what is said and asked."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, Tenant, User
from apps.audit import services as audit
from apps.callbacks import permissions
from apps.callbacks.enums import RedoRule, ScriptState, Takes
from apps.callbacks.models import Pool, Script
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.common.forms_data import check_definition

_POOL_FIELDS = (
    "name",
    "script_code",
    "takes",
    "class_codes",
    "channels",
    "first_round",
    "score_most",
    "share_percent",
    "earliest_h",
    "latest_h",
    "from_time",
    "to_time",
    "tries",
    "redo_rule",
    "link_h",
    "priority",
    "is_active",
)


@dataclass(frozen=True)
class PoolSpec:
    """A pool as it shall be; see ``models.Pool``."""

    name: str
    script_code: str
    class_codes: Sequence[str] = ()
    channels: Sequence[str] = ()
    units: Sequence[Organization] = ()
    first_round: int = 1
    score_most: int | None = None
    share_percent: int = 100
    earliest_h: int = 0
    latest_h: int = 72
    from_time: time = time(8, 30)
    to_time: time = time(20, 0)
    tries: int = 3
    redo_rule: str = RedoRule.EITHER
    link_h: int = 72
    priority: int = 5
    is_active: bool = True
    takes: str = Takes.ANSWERED


@dataclass(frozen=True)
class ScriptSpec:
    """The next version of a script. body: a definition of ``common.forms_data``."""

    code: str
    name: str
    greeting: str
    closing: str
    body: dict[str, Any]


@transaction.atomic
def save_pool(actor: User, *, tenant: Tenant, spec: PoolSpec, pool_id: int | None = None) -> Pool:
    """Will write a pool, new or over the one given; audited with both sides.

    A new one draws its seed; it stays the same for ever, so that a sample can be shown again.
    Locks the pool. Raises: NotAllowed; NotFound; InvalidInput (fields as in ``PoolSpec``).
    """
    permissions.require_in(actor, permissions.MANAGE, tenant.pk)
    pool = _pool(tenant, pool_id)
    _check(tenant, spec, pool)
    before = audit.snapshot(pool, *_POOL_FIELDS, "units") if pool.pk else {}
    for name in _POOL_FIELDS:
        value = getattr(spec, name)
        setattr(pool, name, list(value) if name in {"class_codes", "channels"} else value)
    pool.save()
    pool.units.set(spec.units)
    after = audit.snapshot(pool, *_POOL_FIELDS, "units")
    if before != after:
        audit.record(
            actor,
            "callback_pool.changed" if before else "callback_pool.created",
            object_type="callback_pool",
            object_id=pool.pk,
            object_label=pool.name,
            data=audit.changes(before, after),
        )
    return pool


def _pool(tenant: Tenant, pool_id: int | None) -> Pool:
    if pool_id is None:
        return Pool(tenant=tenant, seed=secrets.token_hex(8), created_at=clock.now())
    pool = Pool.objects.select_for_update().filter(pk=pool_id, tenant=tenant).first()
    if pool is None:
        raise NotFound(_("没有这个回访池"))
    return pool


def _check(tenant: Tenant, spec: PoolSpec, pool: Pool) -> None:
    if Pool.objects.filter(tenant=tenant, name=spec.name).exclude(pk=pool.pk).exists():
        raise InvalidInput(_("已有同名的回访池"), field="name")
    if find_script(tenant, spec.script_code) is None:
        raise InvalidInput(_("没有这份已发布的问卷"), field="script_code")
    if spec.from_time >= spec.to_time:
        raise InvalidInput(_("每日结束须晚于开始"), field="to_time")
    if spec.earliest_h >= spec.latest_h:
        raise InvalidInput(_("最迟须晚于最早"), field="latest_h")
    if any(unit.tenant_id != tenant.pk for unit in spec.units):
        raise InvalidInput(_("承办单位不属于本地"), field="units")


def find_script(tenant: Tenant, code: str) -> Script | None:
    """Will give the newest published version of a script."""
    found = Script.objects.filter(tenant=tenant, code=code, state=ScriptState.PUBLISHED)
    return found.order_by("-number").first()


@transaction.atomic
def publish_script(actor: User, *, tenant: Tenant, spec: ScriptSpec) -> Script:
    """Will publish the next version of a script; tasks made before keep theirs; audited.

    The same words again give the version that stands. Locks the tenant.
    Raises: NotAllowed; InvalidInput (fields "code", "name", "greeting", "body").
    """
    permissions.require_in(actor, permissions.MANAGE, tenant.pk)
    problems = check_definition(spec.body)
    if problems:
        raise InvalidInput("；".join(problems[:3]), field="body")
    if any(entry["type"] in {"files", "point"} for entry in spec.body["fields"]):
        raise InvalidInput(_("回访问题不能要求文件或位置"), field="body")
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    last = find_script(tenant, spec.code)
    values = {
        "name": spec.name,
        "greeting": spec.greeting,
        "closing": spec.closing,
        "body": spec.body,
    }
    before = {name: getattr(last, name) for name in values} if last else {}
    if last is not None and before == values:
        return last
    script = Script.objects.create(
        tenant=tenant,
        code=spec.code,
        number=last.number + 1 if last else 1,
        state=ScriptState.PUBLISHED,
        written_at=clock.now(),
        written_by_name=actor.display_name,
        **values,
    )
    audit.record(
        actor,
        "callback_script.published",
        object_type="callback_script",
        object_id=script.pk,
        object_label=str(script),
        data=audit.document_changes(before, values),
    )
    return script
