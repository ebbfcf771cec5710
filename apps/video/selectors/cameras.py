"""Cameras as people see them: their own, and those opened to their units. Source: VD-04."""

from dataclasses import dataclass
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_for
from apps.common.errors import NotFound
from apps.places.models import Area
from apps.video import permissions
from apps.video.enums import Light, Network, PictureState
from apps.video.models import Camera, Platform, Recorder, Source, StandardPicture

#: What a complete file states; each counts once. Source: VD-04 (完整率).
COMPLETE = (
    Q(asset__owner_unit__isnull=False),
    ~Q(asset__maker=""),
    ~Q(asset__vendor=""),
    ~Q(address=""),
    Q(heading_deg__isnull=False),
    Q(height_m__isnull=False),
    Q(asset__installed_on__isnull=False),
    Q(recorder__isnull=False) | ~Q(network=Network.NETWORKED),
)


def list_cameras(
    viewer: User,
    *,
    text: str = "",
    network: str = "",
    area: Area | None = None,
    unit_id: int | None = None,
    label: str = "",
    maker: str = "",
    state: str = "",
    recorder_id: int | None = None,
) -> QuerySet[Camera]:
    """Will list the viewer's own cameras and those opened to their units, by code.

    text: part of the name or address, or the beginning of the code. area: it and all below.
    state: "active", "stopped", "gone" (withdrawn by the platform), "isolated", "shared" (of
    others), "bare" (no way in use), "unapproved" (no standard picture).
    """
    found = Camera.objects.select_related(
        "asset__area", "asset__owner_unit", "recorder", "platform"
    ).defer("asset__area__boundary")
    found = found.filter(permissions.own_q(viewer) | permissions.shared_q(viewer))
    if text:
        found = found.filter(
            Q(asset__name__icontains=text) | Q(address__icontains=text)
            | Q(gb_code__startswith=text)
        )  # fmt: skip
    if network:
        found = found.filter(network=network)
    if area is not None:
        found = found.filter(asset__area__path__startswith=area.path)
    if unit_id is not None:
        found = found.filter(asset__owner_unit_id=unit_id)
    if label:
        found = found.filter(labels__name=label)
    if maker:
        found = found.filter(asset__maker=maker)
    if recorder_id is not None:
        found = found.filter(recorder_id=recorder_id)
    return _in_state(found, viewer, state).order_by("gb_code")


def _in_state(found: QuerySet[Camera], viewer: User, state: str) -> QuerySet[Camera]:
    match state:
        case "active":
            return found.filter(is_active=True, gone_at__isnull=True)
        case "stopped":
            return found.filter(is_active=False)
        case "gone":
            return found.filter(gone_at__isnull=False)
        case "isolated":
            return found.filter(is_isolated=True)
        case "shared":
            return found.exclude(permissions.own_q(viewer))
        case "bare":
            ways = Source.objects.filter(camera=OuterRef("pk"), is_active=True)
            return found.filter(~Exists(ways))
        case "unapproved":
            return found.filter(~Exists(_approved()))
    return found


def _approved() -> QuerySet[StandardPicture]:
    return StandardPicture.objects.filter(camera=OuterRef("pk"), state=PictureState.APPROVED)


def get_camera(viewer: User, *, pk: int) -> Camera:
    """Raises: NotFound (no such camera, or not for this viewer)."""
    camera = (
        list_cameras(viewer).select_related("asset__maintainer", "consent_file").filter(pk=pk)
    ).first()
    if camera is None:
        raise NotFound(_("没有这台摄像机"))
    return camera


def is_own(viewer: User, camera: Camera) -> bool:
    """Will tell whether the camera is the viewer's own, not one opened to them."""
    return Camera.objects.filter(permissions.own_q(viewer), pk=camera.pk).exists()


def watched_cameras() -> QuerySet[Camera]:
    """Will give the cameras in use, for whoever watches all of them (diagnosis, appraisal)."""
    return Camera.objects.filter(is_active=True, gone_at__isnull=True).select_related(
        "asset__area", "recorder"
    )


def standard_picture(camera: Camera, light: str = Light.DAY) -> StandardPicture | None:
    """Will give the approved picture of a camera in this light, if there is one."""
    found = camera.pictures.filter(state=PictureState.APPROVED, light=light)
    return found.select_related("file").first()


@dataclass(frozen=True)
class Share:
    """How many of how many; rate: 0-1, None of nothing."""

    count: int
    total: int

    @property
    def rate(self) -> float | None:
        return self.count / self.total if self.total else None

    @property
    def percent(self) -> str:
        """For people: "98.5%", "—" of nothing."""
        return "—" if self.rate is None else f"{100 * self.rate:.1f}%"


@dataclass(frozen=True)
class Rates:
    """How whole the files of one unit are. complete: share of stated entries over all cameras;
    mapped: cameras whose place lies within the city; filed: with an approved standard picture,
    a way to their picture and a complete card (建档率)."""

    name: str
    cameras: int
    complete: Share
    mapped: Share
    filed: Share


def rates_by(viewer: User, *, field: str = "asset__owner_unit__name") -> list[Rates]:
    """Will give the rates of the viewer's own cameras for each unit, most cameras first.

    Points withdrawn by their platform do not count. Source: VD-04.
    """
    ways = Source.objects.filter(camera=OuterRef("pk"), is_active=True)
    whole = Q()
    for one in COMPLETE:
        whole &= one
    rows = (
        Camera.objects.filter(permissions.own_q(viewer), gone_at__isnull=True)
        .annotate(
            named=F(field),
            has_way=Exists(ways),
            has_picture=Exists(_approved()),
            is_whole=Case(
                When(whole, then=Value(True)), default=Value(False), output_field=BooleanField()
            ),
        )
        .values("named")
        .annotate(
            cameras=Count("pk"),
            mapped=Count("pk", filter=Q(asset__area__isnull=False)),
            filed=Count("pk", filter=Q(has_way=True, has_picture=True, is_whole=True)),
            **{f"c{number}": Count("pk", filter=one) for number, one in enumerate(COMPLETE)},
        )
        .order_by("-cameras", "named")
    )
    return [_rates(row) for row in rows]


def _rates(row: dict[str, Any]) -> Rates:
    stated = sum(row[f"c{number}"] for number in range(len(COMPLETE)))
    total = row["cameras"]
    return Rates(
        row["named"] or _("未填写"),
        total,
        Share(stated, total * len(COMPLETE)),
        Share(row["mapped"], total),
        Share(row["filed"], total),
    )


def counts_by(viewer: User, field: str, *, most: int = 20) -> list[tuple[str, int]]:
    """Will count the viewer's own cameras by a field, most first: "asset__maker", "network",
    "labels__name", "asset__area__parent__name"…; at most 20 kinds."""
    rows = (
        Camera.objects.filter(permissions.own_q(viewer), gone_at__isnull=True)
        .values(named=F(field))
        .annotate(n=Count("pk"))
        .order_by("-n", "named")[:most]
    )
    return [(row["named"] or _("未填写"), row["n"]) for row in rows]


def counts_by_district(viewer: User) -> list[tuple[str, int]]:
    """Will count the viewer's own cameras by district, most first."""
    found: dict[str, int] = {}
    paths = dict(counts_by(viewer, "asset__area__path", most=100_000))
    districts = Area.objects.filter(level__code="district").values_list("path", "name")
    for path, name in districts:
        count = sum(n for area, n in paths.items() if str(area).startswith(path))
        if count:
            found[name] = found.get(name, 0) + count
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))


def list_recorders(viewer: User, *, text: str = "") -> QuerySet[Recorder]:
    """Will list the recorders in the viewer's areas or units with how many cameras hang on each."""
    scope = scope_for(viewer, *permissions.READERS)
    found = Recorder.objects.filter(permissions.place_q(scope)).select_related("unit", "area")
    if text:
        found = found.filter(Q(name__icontains=text) | Q(gb_code__startswith=text))
    return found.defer("area__boundary", "secret").annotate(used=Count("cameras")).order_by("name")


def get_recorder(viewer: User, *, pk: int) -> Recorder:
    """Raises: NotFound."""
    found = list_recorders(viewer).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这台录像机"))
    return found


def list_platforms(viewer: User) -> QuerySet[Platform]:
    """Will list the platforms in the viewer's areas or units."""
    scope = scope_for(viewer, *permissions.READERS)
    found = Platform.objects.filter(permissions.place_q(scope)).select_related("unit", "area")
    return found.defer("area__boundary", "secret").annotate(points=Count("cameras"))


def get_platform(viewer: User, *, pk: int) -> Platform:
    """Raises: NotFound."""
    found = list_platforms(viewer).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这个视频平台"))
    return found
