"""Reads of commands, scoped by who sees the device."""

from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.assets.selectors import reach_q
from apps.commanding.models import Command, CommandKind
from apps.commanding.permissions import can_send
from apps.common.errors import NotFound
from apps.sensing.models import Device


def list_commands(
    viewer: User,
    *,
    text: str = "",
    profile: str = "",
    state: str = "",
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[Command]:
    """Will list the commands to devices the viewer may see, newest first.

    text: begin of the node, or part of the command's or the thing's name. profile: code.
    since, until: days of the city on which they were given, both included.
    """
    found = Command.objects.select_related("device__asset", "device__profile", "kind", "sender")
    found = found.filter(reach_q(viewer, "device__asset__"))
    if text:
        found = found.filter(
            Q(device__node__startswith=text)
            | Q(kind__name__icontains=text)
            | Q(device__asset__name__icontains=text)
        )
    if profile:
        found = found.filter(device__profile__code=profile)
    if state:
        found = found.filter(state=state)
    if since is not None:
        found = found.filter(filed_at__gte=_begin_of(since))
    if until is not None:
        found = found.filter(filed_at__lt=_begin_of(until + timedelta(days=1)))
    return found.order_by("-pk")


def get_command(viewer: User, *, pk: int) -> Command:
    """Raises: NotFound (no such command, or not for this viewer)."""
    command = list_commands(viewer).select_related("device__asset__area").filter(pk=pk).first()
    if command is None:
        raise NotFound(_("没有这条设备命令"))
    return command


def kinds_for(actor: User, device: Device) -> list[CommandKind]:
    """Will give the kinds of commands the actor may give to this device, by code."""
    if not device.is_active:
        return []
    kinds = CommandKind.objects.filter(profile=device.profile_id, is_active=True)
    return [kind for kind in kinds if can_send(actor, device, kind)]


def list_kinds() -> QuerySet[CommandKind]:
    """Will list every kind with its profile."""
    return CommandKind.objects.select_related("profile").order_by("profile__code", "code")


def get_kind(pk: int) -> CommandKind:
    """Raises: NotFound."""
    kind = list_kinds().filter(pk=pk).first()
    if kind is None:
        raise NotFound(_("没有这种设备命令"))
    return kind


def _begin_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=get_current_timezone())
