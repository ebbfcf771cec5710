"""The head of a camera turned by hand: one person at a time, and never on for ever.

A look that is open, a camera with a head and the right over it are asked anew for every order.
The camera is told how long it may turn, so that it stops by itself when a page dies. It is
called outside any transaction. Who held it and how often it was ordered is in the log, not
every push of a button. Source: VD-03, docs/decisions/0088.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.video import permissions
from apps.video.adapters import ADAPTERS, Turn, Way
from apps.video.enums import PlayKind
from apps.video.errors import NoPicture
from apps.video.models import Camera, HeadHold, Source
from apps.video.selectors import get_own_play
from apps.video.services.access import first_way
from apps.video.services.registering import note
from apps.video.services.watching import is_open

#: In nobody's hands any more when no order came for so long.
HOLD = timedelta(seconds=30)


@dataclass(frozen=True)
class Held:
    """Whose hands a head is in. mine: the asker's; by: the name, "" where it is free."""

    mine: bool
    by: str = ""


def take_head(actor: User, *, play_id: int) -> Held:
    """Will take the head of the camera one looks through, or hold it on; two at once: one gets it.

    Somebody else's hold is told, not broken; one that ran out is ended and written down first.
    Locks the camera. Raises: NotFound; NotAllowed; Refused (the look is over, recordings, no
        head).
    """
    with transaction.atomic():
        hold = _hold(actor, play_id)
        return Held(mine=hold.holder_id == actor.pk, by=hold.holder.display_name)


def turn_head(actor: User, *, play_id: int, pan: float, tilt: float, zoom: float) -> Held:
    """Will turn a head in one's hands on at this speed; all 0 stops it.

    pan, tilt, zoom: -1 to 1; right, up and nearer are positive. A turn ends by itself after
    ``TURN_S`` seconds unless ordered again. Not within a transaction.
    Raises: as ``take_head``; InvalidInput ("pan", "tilt", "zoom"); NoPicture (the camera).
    """
    for name, speed in (("pan", pan), ("tilt", tilt), ("zoom", zoom)):
        if not -1 <= speed <= 1:
            raise InvalidInput(_("速度为 -1 到 1"), field=name)
    with transaction.atomic():
        hold = _hold(actor, play_id)
        if hold.holder_id != actor.pk:
            return Held(mine=False, by=hold.holder.display_name)
        hold.moves += 1
        hold.save(update_fields=["moves"])
        camera = hold.camera
    first_way(camera, partial(_turn, Turn(pan, tilt, zoom)))
    return Held(mine=True, by=actor.display_name)


@transaction.atomic
def leave_head(actor: User, *, play_id: int) -> Held:
    """Will give a head back; one that is not in the actor's hands is left alone. Locks it.

    Raises: NotFound (nobody else's look).
    """
    look = get_own_play(actor, pk=play_id)
    hold = HeadHold.objects.select_for_update(of=("self",)).filter(camera=look.camera_id).first()
    if hold is not None and hold.holder_id == actor.pk:
        _end(hold)
    return Held(mine=False)


def end_stale_holds() -> int:
    """Will end holds that ran out and write them down; safe to run twice, or at once."""
    done = 0
    for pk in HeadHold.objects.filter(until__lt=clock.now()).values_list("pk", flat=True):
        with transaction.atomic():
            locked = HeadHold.objects.select_for_update(of=("self",), skip_locked=True)
            hold = locked.filter(pk=pk, until__lt=clock.now()).first()
            if hold is not None:
                _end(hold)
                done += 1
    return done


def _hold(actor: User, play_id: int) -> HeadHold:
    look = get_own_play(actor, pk=play_id)
    if not is_open(look) or look.kind != PlayKind.LIVE:
        raise Refused(_("播放已结束，请重新打开"), code="play_over")
    found = Camera.objects.select_for_update(of=("self",))
    camera = found.select_related("asset__area", "asset__owner_unit").get(pk=look.camera_id)
    if not permissions.can_steer(actor, camera):
        raise NotAllowed(_("您没有控制该摄像机云台的权限"))
    if not camera.has_ptz or not camera.is_active:
        raise Refused(_("该摄像机没有可用的云台"), code="no_head")
    moment = clock.now()
    hold = HeadHold.objects.select_related("holder").filter(camera=camera).first()
    if hold is not None and hold.holder_id != actor.pk and hold.until < moment:
        _end(hold)
        hold = None
    if hold is None:
        hold = HeadHold(camera=camera, holder=actor, since=moment)
        note(actor, "camera.head_taken", camera, play=look.pk)
    if hold.holder_id == actor.pk:
        hold.until = moment + HOLD
        hold.save()
    hold.camera = camera
    return hold


def _end(hold: HeadHold) -> None:
    seconds = (min(hold.until, clock.now()) - hold.since).total_seconds()
    note(hold.holder, "camera.head_left", hold.camera, moves=hold.moves, seconds=round(seconds))
    hold.delete()


def _turn(turn: Turn, source: Source, way: Way) -> bool:
    do = ADAPTERS[source.protocol].turn
    if do is None:
        raise NoPicture("unsupported")
    do(way, turn)
    return True
