"""What people keep of the map: their choice of layers, and views they pass on."""

import hashlib
import json
import re
import secrets
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.onemap.models import MapChoice, SharedMap

MOST_LAYERS = 60
MOST_FILTERS = 20
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")


def keep_choice(actor: User, state: Any) -> None:
    """Will remember which layers the person has on. Private comfort: nothing is audited.

    Raises: InvalidInput.
    """
    kept = {"layers": _layers(state)}
    MapChoice.objects.update_or_create(user=actor, defaults={"state": kept})


@transaction.atomic
def share_map(actor: User, *, title: str, state: Any) -> SharedMap:
    """Will keep a view under a short key; the same view again gives the same key.

    state: center, zoom, layers, from, to, where, as the page describes what it shows; only
    what is known is kept. Writes the audit log when the link is new.
    Raises: InvalidInput.
    """
    kept = clean(state)
    digest = hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()
    title = " ".join(title.split())[:60] or str(_("一张图"))
    found, is_new = SharedMap.objects.get_or_create(
        maker=actor,
        digest=digest,
        defaults={
            "key": secrets.token_urlsafe(8),
            "title": title,
            "state": kept,
            "maker_name": actor.display_name,
            "made_at": clock.now(),
        },
    )
    if is_new:
        audit.record(
            actor,
            "map.shared",
            object_type="shared_map",
            object_id=found.key,
            object_label=title,
            data={"layers": [layer["code"] for layer in kept["layers"]]},
        )
    return found


@transaction.atomic
def forget_shared(actor: User, *, key: str) -> SharedMap:
    """Will delete a link the actor has passed on; whoever opens it then finds nothing.

    Locks the link. Writes the audit log. Raises: NotFound (there is none, or somebody else's).
    """
    found = SharedMap.objects.select_for_update().filter(maker=actor, key=key).first()
    if found is None:
        raise NotFound(_("没有这个分享链接，可能已被删除"))
    audit.record(
        actor,
        "map.share_deleted",
        object_type="shared_map",
        object_id=found.key,
        object_label=found.title,
        data={"before": {"title": found.title, "state": found.state}, "after": None},
    )
    found.delete()
    return found


def clean(state: Any) -> dict[str, Any]:
    """Will give the known parts of a view, checked.

    Raises: InvalidInput (something is not what it should be).
    """
    if not isinstance(state, dict):
        raise InvalidInput(_("地图内容不正确"), field="state")
    center = state.get("center")
    if not (isinstance(center, list) and len(center) == 2):
        raise InvalidInput(_("缺少地图中心"), field="center")
    lon = _number(center[0], "center", least=-180, most=180)
    lat = _number(center[1], "center", least=-85, most=85)
    zoom = _number(state.get("zoom"), "zoom", least=0, most=24)
    return {
        "center": [round(lon, 6), round(lat, 6)],
        "zoom": round(zoom, 2),
        "layers": _layers(state),
        "from": _day(state, "from"),
        "to": _day(state, "to"),
        "where": _filters(state),
    }


def _layers(state: Any) -> list[dict[str, Any]]:
    layers = state.get("layers") if isinstance(state, dict) else None
    if not isinstance(layers, list) or len(layers) > MOST_LAYERS:
        raise InvalidInput(_("图层的选择不正确"), field="layers")
    return [_layer(layer) for layer in layers]


def _layer(layer: Any) -> dict[str, Any]:
    code = layer.get("code") if isinstance(layer, dict) else None
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise InvalidInput(_("图层的选择不正确"), field="layers")
    opacity = _number(layer.get("opacity", 1), "layers", least=0, most=1)
    return {"code": code, "opacity": round(opacity, 2), "heat": layer.get("heat") is True}


def _filters(state: dict[str, Any]) -> dict[str, list[str]]:
    """By layer, its "field:value" pairs."""
    where = state.get("where") or {}
    if not isinstance(where, dict) or len(where) > MOST_FILTERS:
        raise InvalidInput(_("筛选条件不正确"), field="where")
    for code, pairs in where.items():
        known = _CODE.fullmatch(code) and isinstance(pairs, list) and len(pairs) <= MOST_FILTERS
        if not known or not all(isinstance(p, str) and ":" in p and len(p) <= 300 for p in pairs):
            raise InvalidInput(_("筛选条件不正确"), field="where")
    return dict(where)


def _day(state: dict[str, Any], name: str) -> str:
    text = state.get(name) or ""
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except (TypeError, ValueError) as error:
        raise InvalidInput(_("日期应写成 2026-01-31 的形式"), field=name) from error


def _number(value: Any, name: str, *, least: float, most: float) -> float:
    """JSON knows no NaN, Python's reader does: it is outside every limit."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise InvalidInput(_("位置、级别或不透明度不正确"), field=name)
    return float(value)
