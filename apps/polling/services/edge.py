"""Edge nodes: entered, heard, silent; their batches taken once. Source: IO-18, AL-03."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import DurationField, ExpressionWrapper, F, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.alarms.enums import Level, Source
from apps.alarms.services import raise_alarm, recover_alarm, silence_alarm
from apps.audit import services as audit
from apps.audit.services import SYSTEM, Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.gateway.models import ApiClient
from apps.places.models import Area
from apps.polling import permissions
from apps.polling.models import EdgeBatch, EdgeDevice, EdgeNode
from apps.polling.services.applications import Said, take_report
from apps.polling.services.links import note_down, note_up
from apps.sensing.enums import Refusal
from apps.sensing.models import Device
from apps.sensing.services import lose_sight_of, take_readings

KIND = "edge_silent"
#: The kind of device an edge node is itself.
PROFILE = "edge_node"
#: What a node says of itself, and the field of its card that keeps it.
RESOURCES = {
    "cpu_percent": "cpu",
    "memory_percent": "memory",
    "disk_percent": "disk",
    "temperature_c": "temperature",
}


@dataclass(frozen=True)
class EdgeSpec:
    """An edge node as it shall be; see ``EdgeNode``."""

    code: str
    name: str
    unit: Organization
    area: Area
    client: ApiClient
    silent_after_s: int = 300
    device: Device | None = None


@dataclass(frozen=True)
class Resources:
    """What a node says of itself; None where it does not say. Percent of what there is, ℃."""

    cpu_percent: float | None = None
    memory_percent: float | None = None
    disk_percent: float | None = None
    temperature_c: float | None = None


@transaction.atomic
def save_edge(actor: Actor, *, spec: EdgeSpec, edge_id: int | None = None) -> EdgeNode:
    """Will write an edge node, new or over the one given. Locks it; audited.

    Raises: NotFound; NotAllowed; InvalidInput (fields "code", "client", "silent_after_s",
        "device": no card of an edge node, or another node's).
    """
    permissions.require_keep_in(actor, spec.area)
    edge = lock_edge(actor, edge_id) if edge_id is not None else EdgeNode(created_at=clock.now())
    others = EdgeNode.objects.exclude(pk=edge.pk)
    if others.filter(code=spec.code).exists():
        raise InvalidInput(_("代码“%(code)s”已被使用") % {"code": spec.code}, field="code")
    if others.filter(client=spec.client).exists():
        raise InvalidInput(_("该接口客户端已属于另一个边缘节点"), field="client")
    if spec.silent_after_s < 30:
        raise InvalidInput(_("失联时限至少 30 秒"), field="silent_after_s")
    if spec.device is not None:
        _check_card(actor, spec.device, others)
    names = ("code", "name", "unit_id", "area_id", "client_id", "silent_after_s", "device_id")
    before = audit.snapshot(edge, *names) if edge.pk else {}
    for name in EdgeSpec.__dataclass_fields__:
        setattr(edge, name, getattr(spec, name))
    edge.save()
    action = "edge_node.changed" if before else "edge_node.created"
    _note(actor, action, edge, **audit.document_changes(before, audit.snapshot(edge, *names)))
    return edge


@transaction.atomic
def set_edge_active(actor: Actor, *, edge_id: int, is_active: bool) -> EdgeNode:
    """Will put an edge node out of use, so that nothing of it is taken, or back. Locks it.

    Its alarm is unknown from then on, never recovered. Raises: NotFound; NotAllowed.
    """
    edge = lock_edge(actor, edge_id)
    if edge.is_active != is_active:
        edge.is_active = is_active
        edge.save(update_fields=["is_active"])
        _note(actor, "edge_node.started" if is_active else "edge_node.stopped", edge)
        if not is_active:
            silence_alarm(
                source=Source.DEVICE,
                kind=KIND,
                asset=None,
                key=_key(edge),
                at=clock.now(),
                sentence=_("边缘节点已停用，无法判断是否恢复"),
            )
    return edge


@transaction.atomic
def set_behind(actor: Actor, *, edge_id: int, device: Device, is_behind: bool) -> None:
    """Will have a device report through an edge node, or no more; twice is harmless. Locks it.

    Raises: NotFound; NotAllowed; Refused (field "device": it is behind another node).
    """
    edge = lock_edge(actor, edge_id)
    permissions.require_keep_in(actor, device.asset.area)
    if not is_behind:
        gone, _rows = edge.devices.filter(device=device).delete()
        if gone:
            _note(actor, "edge_node.device_removed", edge, node=device.node)
        return
    standing = EdgeDevice.objects.filter(device=device).first()
    if standing is not None and standing.node_id != edge.pk:
        raise Refused(_("该设备已在另一个边缘节点之后"), field="device")
    if standing is None:
        EdgeDevice.objects.create(node=edge, device=device)
        _note(actor, "edge_node.device_added", edge, node=device.node)


def edge_of(client: ApiClient) -> EdgeNode:
    """Raises: NotFound (no edge node in use calls as this client)."""
    edge = EdgeNode.objects.filter(client=client, is_active=True).first()
    if edge is None:
        raise NotFound(_("该接口客户端不是启用的边缘节点"))
    return edge


@transaction.atomic
def hear(edge_id: int, *, backlog: int | None = None, version: str = "") -> EdgeNode:
    """Will note that an edge node called; its alarm ends. Locks the node.

    backlog: readings it still holds; None where it does not say.
    """
    edge = EdgeNode.objects.select_for_update().get(pk=edge_id)
    now = clock.now()
    edge.heard_at = now
    if backlog is not None:
        edge.backlog = backlog
    edge.version = version[:40] or edge.version
    edge.calls += 1
    if edge.is_silent or edge.linked_since is None:
        note_up(edge, at=now)
    if edge.is_silent:
        edge.is_silent = False
        recover_alarm(
            source=Source.DEVICE,
            kind=KIND,
            asset=None,
            key=_key(edge),
            at=now,
            sentence=_("边缘节点恢复联系"),
        )
    edge.save(
        update_fields=["heard_at", "backlog", "version", "is_silent", "linked_since", "calls"]
    )
    return edge


@transaction.atomic
def take_heartbeat(
    edge_id: int,
    *,
    backlog: int,
    version: str = "",
    resources: Resources | None = None,
    applications: Sequence[Said] | None = None,
) -> EdgeNode:
    """Will note that a node lives, and what it says of itself. Locks the node.

    Where the node has a card as a device, its resources and its backlog become readings of it.
    applications: all that run on it; None where it does not say.
    """
    edge = hear(edge_id, backlog=backlog, version=version)
    if applications is not None:
        take_report(edge, applications)
    told = (
        {} if resources is None else {k: v for k, v in asdict(resources).items() if v is not None}
    )
    if not told:
        return edge
    for name in RESOURCES:
        setattr(edge, name, told.get(name))
    edge.resources_at = clock.now()
    edge.save(update_fields=[*RESOURCES, "resources_at"])
    if edge.device is not None and edge.device.is_active:
        values = {code: told[name] for name, code in RESOURCES.items() if name in told}
        item = {"node": edge.device.node, "values": values | {"backlog": backlog}}
        take_readings([item], sender=SYSTEM)
    return edge


@transaction.atomic
def take_batch(
    edge_id: int, *, number: int, readings: Sequence[Any], backlog: int | None = None
) -> dict[str, Any]:
    """Will take a batch of an edge node once and give what is answered to it.

    The same number with the same content is answered as the first time; late readings are
    marked so. Devices that are not behind the node are refused. Locks the node, so batches of
    one node come one after the other. One transaction: what is answered is stored for good.

    Raises: Refused (code "batch_differs": the number was used for other content).
    """
    edge = hear(edge_id, backlog=backlog)
    content = json.dumps(readings, sort_keys=True, ensure_ascii=False).encode()
    digest = hashlib.sha256(content).hexdigest()
    known = edge.batches.filter(number=number).first()
    if known is not None:
        if known.digest != digest:
            raise Refused(_("该批号已用于另一批内容"), code="batch_differs", field="number")
        answered: dict[str, Any] = known.answer
        return answered
    answer = _take(edge, readings)
    edge.values += answer["stored"]
    edge.errors += len(answer["refused"])
    edge.save(update_fields=["values", "errors"])
    EdgeBatch.objects.create(
        node=edge, number=number, digest=digest, answer=answer, received_at=clock.now()
    )
    return answer


def watch_edges() -> int:
    """Will raise an alarm for nodes that fell silent and give how many.

    Their devices are unknown from then on.
    """
    now = clock.now()
    since = Coalesce("heard_at", "created_at")
    rule = ExpressionWrapper(F("silent_after_s") * Value(timedelta(seconds=1)), DurationField())
    silent = EdgeNode.objects.filter(is_active=True, is_silent=False).annotate(limit=since + rule)
    keys = silent.filter(limit__lt=now).values_list("pk", flat=True)
    return sum(_fall_silent(key, now) for key in list(keys))


@transaction.atomic
def _fall_silent(edge_id: int, now: datetime) -> bool:
    found = EdgeNode.objects.select_for_update(of=("self",), skip_locked=True)
    edge = found.select_related("unit").filter(pk=edge_id, is_silent=False).first()
    if edge is None:
        return False
    heard = edge.heard_at or edge.created_at
    edge.is_silent = True
    note_down(edge, at=now, reason=_("超过 %(s)d 秒没有消息") % {"s": edge.silent_after_s})
    edge.save(update_fields=["is_silent", "linked_since", "breaks"])
    behind = [*edge.devices.values_list("device_id", flat=True), edge.device_id]
    lose_sight_of([pk for pk in behind if pk is not None], now=now)
    told = {"name": edge.name, "s": int((now - heard).total_seconds())}
    raise_alarm(
        source=Source.DEVICE,
        kind=KIND,
        asset=None,
        key=_key(edge),
        level=Level.ORANGE,
        at=now,
        sentence=_("边缘节点“%(name)s”已 %(s)d 秒没有消息，其后的设备状态不明") % told,
        facts={"silent_s": told["s"], "backlog": edge.backlog},
        title=_("边缘节点失联：%(name)s") % {"name": edge.name},
        unit=edge.unit,
    )
    return True


def lock_edge(actor: Actor, edge_id: int) -> EdgeNode:
    """Will lock an edge node for a deed of its keeper. Raises: NotFound; NotAllowed."""
    found = EdgeNode.objects.select_for_update(of=("self",)).select_related("area", "unit")
    edge = found.filter(pk=edge_id).first()
    if edge is None:
        raise NotFound(_("没有这个边缘节点"))
    permissions.require_keep_in(actor, edge.area)
    return edge


def _take(edge: EdgeNode, readings: Sequence[Any]) -> dict[str, Any]:
    behind = set(edge.devices.values_list("device__node", flat=True))
    places = [n for n, item in enumerate(readings) if _node_of(item) in behind]
    answer = take_readings([readings[n] for n in places], sender=SYSTEM)
    results = ["refused"] * len(readings)
    for place, state in zip(places, answer.states, strict=True):
        results[place] = state
    strangers = sorted(set(range(len(readings))) - set(places))
    refused = [
        {"index": n, "field": "", "code": str(Refusal.OTHER_NODE.value)} for n in strangers
    ] + [
        {"index": places[one.index], "field": one.field, "code": str(one.reason.value)}
        for one in answer.wrong
    ]
    return {
        "stored": answer.stored,
        "duplicates": answer.duplicates,
        "results": results,
        "refused": sorted(refused, key=lambda one: int(str(one["index"]))),
    }


def _check_card(actor: Actor, device: Device, others: QuerySet[EdgeNode]) -> None:
    permissions.require_keep_in(actor, device.asset.area)
    if device.profile.code != PROFILE:
        raise InvalidInput(_("该设备的型号不是边缘节点"), field="device")
    if others.filter(device=device).exists():
        raise InvalidInput(_("该设备已是另一个边缘节点的档案"), field="device")


def _node_of(item: Any) -> str:
    node = item.get("node") if isinstance(item, dict) else ""
    return node if isinstance(node, str) else ""


def _key(edge: EdgeNode) -> str:
    return f"edge:{edge.pk}"


def _note(actor: Actor, action: str, edge: EdgeNode, **data: object) -> None:
    audit.record(
        actor,
        action,
        object_type="edge_node",
        object_id=edge.pk,
        object_label=edge.name,
        data=data,
    )
