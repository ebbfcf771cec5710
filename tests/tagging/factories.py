"""Readers, tags and reads on the town's ground; deeds go through services."""

from datetime import datetime, timedelta
from typing import Any

from apps.accounts.models import Organization, User
from apps.assets.models import Asset, AssetClass
from apps.assets.services import AssetSpec
from apps.assets.services.register import enter_assets
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.places.geometry import point
from apps.tagging import services
from apps.tagging.models import Batch, PassageRule, Reader, Tag
from apps.tagging.services import BatchSpec, ReaderSpec, RuleSpec, TagSpec
from tests.cast import Cast
from tests.people import appointed
from tests.sensing.factories import device

EPC = "E28011606000020500000001"
OTHER_EPC = "E28011606000020500000002"
#: Antenna 1 reads who comes in, 2 who goes out.
BOTH_WAYS = {"1": "in", "2": "out"}


def keeper(cast: Cast, name: str = "tagger", unit: Organization | None = None) -> User:
    """Will give somebody who keeps tags in the east, or of another unit."""
    rights = [
        "tagging.view_tags", "tagging.keep_tags", "sensing.view_devices", "assets.register_asset",
    ]  # fmt: skip
    return appointed(name, unit or cast.east_works, role="tag_keeper", rights=rights)


def gate(node: str = "GATE-1", **spec: Any) -> Reader:
    """Will give a fixed reader in the east that tells directions, or another."""
    place = {k: spec.pop(k) for k in ("at", "owner_unit") if k in spec}
    told: dict[str, Any] = {"kind": "fixed", "antennas": BOTH_WAYS, "window_s": 60}
    made = device(node, profile="door", **place)
    return services.save_reader(SYSTEM, spec=ReaderSpec(made, **(told | spec)))


def tag(cast: Cast, epc: str = EPC, *, unit: Organization | None = None) -> Tag:
    """Will give a free tag of the east, or of another unit."""
    return services.register_tag(SYSTEM, spec=TagSpec(epc, unit or cast.east_works))


def thing(cast: Cast, name: str = "清扫车一号", **changes: Any) -> Asset:
    """Will give a thing of the east's works, or with another card."""
    kind, _made = AssetClass.objects.get_or_create(
        code="0502", defaults={"name": "车辆", "large_class": "测试"}
    )
    lon, lat = changes.pop("at", Cast.inside_east())
    told = {"owner_unit": cast.east_works} | changes
    return enter_assets([AssetSpec(kind.code, name, point(lon, lat), **told)])[0]


def tagged(cast: Cast, epc: str = EPC, *, ago: timedelta = timedelta(days=3)) -> tuple[Tag, Asset]:
    """Will give a thing of the east that has borne a tag for some days."""
    with clock.at(clock.now() - ago):
        made = tag(cast, epc)
        asset = thing(cast, f"清扫车 {epc[-2:]}")
        services.bind_tag(SYSTEM, tag_id=made.pk, thing=asset)
    made.refresh_from_db()
    return made, asset


def batch(cast: Cast, code: str = "LOT-1", **changes: Any) -> Batch:
    """Will give a batch of the east."""
    told = {
        "product": "冷鲜猪肉", "origin": "东区屠宰场", "producer": "东区肉联厂",
        "unit": cast.east_works,
    }  # fmt: skip
    return services.save_batch(SYSTEM, spec=BatchSpec(code=code, **(told | changes)))


def rule(cast: Cast, kind: str, **changes: Any) -> PassageRule:
    """Will give a rule of the east's works."""
    told: dict[str, Any] = {"name": kind, "unit": cast.east_works, "level": 2} | changes
    return services.save_rule(SYSTEM, spec=RuleSpec(kind=kind, **told))


def said(at: datetime, epc: str = EPC, **more: Any) -> dict[str, Any]:
    """Will give one read as a reader sends it."""
    return {"epc": epc, "at": at.isoformat()} | more


def read(reader: Reader, at: datetime, epc: str = EPC, **more: Any) -> str:
    """Will send one read and give what became of it."""
    return services.take_reads([said(at, epc, **more)], sender=reader.device).states[0]
