"""Cameras entered, changed and taken out of the register. The only writer of what people may
write; networked points are written by ``exchanging``. Source: VD-02, VD-04, VD-05.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.gis.geos import Point
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.assets.models import Asset
from apps.assets.services import AssetSpec
from apps.assets.services.register import enter_asset, restate_asset
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock, forms_data
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.models import StoredFile
from apps.places import selectors as places
from apps.video import permissions
from apps.video.codes import CAMERA_KINDS, check_division, read_code
from apps.video.enums import Network, Shape
from apps.video.models import Camera, CameraForm, CameraLabel, Recorder

ASSET_CLASS = "0112"
STATED = (
    "gb_code", "recorder_id", "channel", "shape", "has_ptz", "is_day_night", "heading_deg",
    "tilt_deg", "view_deg", "height_m", "address", "details", "form_version", "consent_owner",
    "consent_on", "consent_file_id", "is_isolated", "is_active",
)  # fmt: skip


@dataclass(frozen=True)
class CameraSpec:
    """A camera as people state it; see ``Camera``. point: SRID 4326. maker, vendor: the asset's.

    labels: names, made where they are new. details: answers to the newest form.
    """

    name: str
    gb_code: str
    point: Point
    owner_unit: Organization | None = None
    maintainer: Organization | None = None
    maker: str = ""
    model: str = ""
    vendor: str = ""
    installed_on: date | None = None
    recorder: Recorder | None = None
    channel: int | None = None
    shape: str = Shape.BULLET
    has_ptz: bool = False
    is_day_night: bool = True
    heading_deg: float | None = None
    tilt_deg: float | None = None
    view_deg: float | None = None
    height_m: float | None = None
    address: str = ""
    labels: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    consent_owner: str = ""
    consent_on: date | None = None
    consent_file: StoredFile | None = None
    is_isolated: bool = False


@transaction.atomic
def register_camera(actor: Actor, *, spec: CameraSpec) -> Camera:
    """Will enter a social point with its asset; audited.

    Raises: NotAllowed (not a duty area); InvalidInput (fields "gb_code", "point", "name",
        "channel", "consent_owner", "consent_on", "heading_deg" and those of the form).
    """
    permissions.require_keep(actor)
    area = places.locate(spec.point)
    if area is None:
        raise InvalidInput(_("位置不在城市范围内"), field="point")
    permissions.require_keep_in(actor, area)
    check_spec(spec, area_code=area.code)
    _check_consent(spec)
    if not 1 <= len(spec.name.strip()) <= 80:
        raise InvalidInput(_("请填写名称，最多80个字"), field="name")
    asset = enter_asset(
        AssetSpec(
            ASSET_CLASS, spec.name.strip(), spec.point, area, spec.owner_unit, spec.maintainer,
            maker=spec.maker, model=spec.model, vendor=spec.vendor,
            installed_on=spec.installed_on, source=str(Network.SOCIAL.label),
        )
    )  # fmt: skip
    camera = Camera(asset=asset, network=Network.SOCIAL, registered_at=clock.now())
    _state(camera, spec)
    camera.save()
    _put_labels(camera, spec.labels)
    note(actor, "camera.registered", camera, network=camera.network)
    return camera


@transaction.atomic
def amend_camera(actor: Actor, *, camera_id: int, spec: CameraSpec) -> Camera:
    """Will write a camera anew; the same again changes nothing. Locks it.

    Of a networked point the code, the name and the place stay what its platform says.
    Raises: NotFound; NotAllowed (here or there no duty area); Refused (field "point": place
        locked; "gb_code"); InvalidInput (as ``register_camera``).
    """
    camera = lock_camera(actor, camera_id)
    asset = camera.asset
    moved = not asset.point.equals_exact(spec.point, 1e-9)
    if camera.network == Network.NETWORKED:
        _check_locked(camera, spec, moved=moved)
    area = places.locate(spec.point) if moved else asset.area
    if area is None:
        raise InvalidInput(_("位置不在城市范围内"), field="point")
    permissions.require_keep_in(actor, area)
    check_spec(spec, area_code=area.code, camera=camera)
    if camera.network == Network.SOCIAL:
        _check_consent(spec)
    before = document_of(camera)
    restate_asset(asset, name=spec.name.strip(), point=spec.point if moved else None)
    for name in ("owner_unit", "maintainer", "maker", "model", "vendor", "installed_on"):
        setattr(asset, name, getattr(spec, name))
    asset.save(
        update_fields=["owner_unit", "maintainer", "maker", "model", "vendor", "installed_on"]
    )
    _state(camera, spec)
    camera.save()
    _put_labels(camera, spec.labels)
    changed = audit.document_changes(before, document_of(camera))
    if any(changed.values()):
        note(actor, "camera.amended", camera, **changed)
    return camera


@transaction.atomic
def drop_camera(actor: Actor, *, camera_id: int, reason: str) -> None:
    """Will take a social point out of the register with its asset; audited with its last card.

    Raises: NotFound; NotAllowed; Refused (a networked point; looked through, shared or with
        results already: it can only be put out of use); InvalidInput (field "reason").
    """
    camera = lock_camera(actor, camera_id)
    if camera.network == Network.NETWORKED:
        raise Refused(_("联网点位由平台同步，不能删除"), code="networked_locked")
    if len(reason.strip()) < 2:
        raise InvalidInput(_("请说明删除的原因"), field="reason")
    last, asset = document_of(camera), camera.asset
    pk, label = camera.pk, camera.gb_code
    try:
        with transaction.atomic():
            camera.delete()
            asset.delete()
    except ProtectedError as error:
        raise Refused(_("该摄像机已有使用记录，不能删除，请停用"), code="in_use") from error
    audit.record(
        actor, "camera.dropped", object_type="camera", object_id=pk, object_label=label,
        data={"before": last, "reason": reason.strip()[:200]},
    )  # fmt: skip


@transaction.atomic
def set_camera_active(actor: Actor, *, camera_id: int, is_active: bool) -> Camera:
    """Will put a camera out of use, so that it is neither watched nor shown, or back.

    Twice is harmless. Locks it. Raises: NotFound; NotAllowed.
    """
    camera = lock_camera(actor, camera_id)
    if camera.is_active != is_active:
        camera.is_active = is_active
        camera.save(update_fields=["is_active"])
        note(actor, "camera.started" if is_active else "camera.stopped", camera)
    return camera


@transaction.atomic
def define_form(actor: User, *, definition: dict[str, Any]) -> CameraForm:
    """Will set what the city asks of every camera from now on, as a new version.

    Raises: NotAllowed (keeps not the whole city's cameras); InvalidInput (the definition; see
        ``common.forms_data``).
    """
    permissions.require_define_form(actor)
    faults = forms_data.check_definition(definition)
    if faults:
        raise InvalidInput(str(faults[0]), field="definition")
    last = CameraForm.objects.select_for_update().order_by("-version").first()
    if last is not None and last.definition == definition:
        return last
    made = CameraForm.objects.create(
        version=last.version + 1 if last else 1,
        definition=definition,
        made_by_name=actor.display_name[:100],
        made_at=clock.now(),
    )
    before = last.definition if last else {}
    audit.record(
        actor, "camera_form.defined", object_type="camera_form", object_id=made.pk,
        object_label=str(made.version), data=audit.document_changes(before, definition),
    )  # fmt: skip
    return made


def lock_camera(actor: Actor, camera_id: int) -> Camera:
    """Will lock a camera for a deed of its keeper. Raises: NotFound; NotAllowed."""
    found = Camera.objects.select_for_update(of=("self",)).select_related(
        "asset__area", "asset__owner_unit", "asset__maintainer", "recorder"
    )
    camera = found.filter(pk=camera_id).first()
    if camera is None:
        raise NotFound(_("没有这台摄像机"))
    permissions.require_keep_in(actor, camera.asset.area)
    return camera


def check_spec(spec: CameraSpec, *, area_code: str, camera: Camera | None = None) -> None:
    """Raises: InvalidInput (what is wrong in a camera as stated; see ``register_camera``)."""
    code = read_code(spec.gb_code, kinds=CAMERA_KINDS)
    if camera is None or camera.gb_code != spec.gb_code:
        check_division(code, area_code)
    others = Camera.objects.exclude(pk=camera.pk) if camera else Camera.objects.all()
    if others.filter(gb_code=spec.gb_code).exists():
        raise InvalidInput(_("国标编码已被登记"), field="gb_code")
    if (spec.recorder is None) != (spec.channel is None):
        raise InvalidInput(_("录像机和通道号须同时填写"), field="channel")
    if spec.recorder is not None and spec.channel is not None:
        if not 1 <= spec.channel <= spec.recorder.channels:
            told = {"n": spec.recorder.channels}
            raise InvalidInput(_("通道号须在 1 到 %(n)d 之间") % told, field="channel")
        if others.filter(recorder=spec.recorder, channel=spec.channel).exists():
            raise InvalidInput(_("该通道已接有摄像机"), field="channel")
    for name, low, high in (("heading_deg", 0, 359.999), ("tilt_deg", -90, 90),
                            ("view_deg", 1, 360), ("height_m", 0, 200)):  # fmt: skip
        value = getattr(spec, name)
        if value is not None and not low <= value <= high:
            span = {"low": low, "high": high}
            raise InvalidInput(_("须在 %(low)s 到 %(high)s 之间") % span, field=name)


def document_of(camera: Camera) -> dict[str, Any]:
    """Will give the card of a camera as plain values, for the log."""
    own = audit.snapshot(camera, *STATED)
    asset: Asset = camera.asset
    its = audit.snapshot(
        asset, "name", "point", "owner_unit_id", "maintainer_id", "maker", "model", "vendor",
        "installed_on",
    )  # fmt: skip
    labels = sorted(camera.labels.values_list("name", flat=True)) if camera.pk else []
    return {**own, **its, "labels": labels}


def note(actor: Actor, action: str, camera: Camera, **data: object) -> None:
    """Will write a deed about a camera into the log."""
    audit.record(
        actor, action, object_type="camera", object_id=camera.pk, object_label=camera.gb_code,
        data=data,
    )  # fmt: skip


def newest_form() -> CameraForm | None:
    """Will give the form that counts now, None while the city asks nothing besides."""
    return CameraForm.objects.order_by("-version").first()


def _state(camera: Camera, spec: CameraSpec) -> None:
    for name in (
        "gb_code", "recorder", "channel", "shape", "has_ptz", "is_day_night", "heading_deg",
        "tilt_deg", "view_deg", "height_m", "address", "consent_owner", "consent_on",
        "consent_file", "is_isolated",
    ):  # fmt: skip
        setattr(camera, name, getattr(spec, name))
    form = newest_form()
    if form is not None:
        camera.details = forms_data.clean(form.definition, spec.details)
        camera.form_version = form.version


def _check_consent(spec: CameraSpec) -> None:
    if not spec.consent_owner.strip():
        raise InvalidInput(_("社会点位须填写同意接入的业主"), field="consent_owner")
    if spec.consent_on is None:
        raise InvalidInput(_("社会点位须填写业主同意的日期"), field="consent_on")
    if spec.consent_on > clock.today():
        raise InvalidInput(_("业主同意的日期不能晚于今天"), field="consent_on")


def _check_locked(camera: Camera, spec: CameraSpec, *, moved: bool) -> None:
    if moved:
        raise Refused(_("联网点位的坐标由平台同步，不能修改"), code="networked_locked",
                      field="point")  # fmt: skip
    if spec.gb_code != camera.gb_code or spec.name.strip() != camera.asset.name:
        raise Refused(_("联网点位的编码和名称由平台同步，不能修改"), code="networked_locked",
                      field="gb_code")  # fmt: skip


def _put_labels(camera: Camera, names: Iterable[str]) -> None:
    plain = sorted({name.strip()[:20] for name in names if name.strip()})[:20]
    CameraLabel.objects.bulk_create(
        [CameraLabel(name=name) for name in plain], ignore_conflicts=True
    )
    camera.labels.set(CameraLabel.objects.filter(name__in=plain))
