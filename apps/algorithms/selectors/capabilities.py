"""Capabilities, who may use them, how often they were called; calls of own models."""

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.algorithms.models import Capability, CapabilityCall, CapabilityRequest, ModelCall
from apps.algorithms.permissions import can_publish, units_q
from apps.common import clock
from apps.common.errors import NotFound


def list_capabilities(*, text: str = "", kind: str = "") -> QuerySet[Capability]:
    """Will list capabilities with how often they were called (``called``), by code."""
    found = Capability.objects.select_related("owner").defer("secret")
    if text:
        found = found.filter(Q(name__icontains=text) | Q(code__icontains=text))
    if kind:
        found = found.filter(kind=kind)
    return found.annotate(called=Count("requests__calls")).order_by("code")


def get_capability(code: str) -> Capability:
    """Raises: NotFound."""
    found = list_capabilities().filter(code=code).first()
    if found is None:
        raise NotFound(_("没有这个能力"))
    return found


def list_requests(
    viewer: User, *, capability: Capability | None = None
) -> QuerySet[CapabilityRequest]:
    """Will list what units asked for; who decides sees all, others their units'.

    Each row carries ``called`` and ``today``: calls ever and today.
    """
    found = CapabilityRequest.objects.select_related("capability", "unit", "asked_by", "decided_by")
    if not can_publish(viewer):
        found = found.filter(units_q(viewer))
    if capability is not None:
        found = found.filter(capability=capability)
    today = Count("calls", filter=Q(calls__on=clock.today()))
    return found.annotate(called=Count("calls"), today=today).order_by("-pk")


def get_request(viewer: User, *, pk: int) -> CapabilityRequest:
    """Raises: NotFound (no such request, or of units out of reach)."""
    found = list_requests(viewer).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这个申请"))
    return found


def calls_of(asked: CapabilityRequest) -> QuerySet[CapabilityCall]:
    """Will list the calls of a request, newest first."""
    return asked.calls.select_related("by").order_by("-pk")


def get_call(viewer: User, *, pk: int) -> ModelCall:
    """Will give a call of an own model with its work. Raises: NotFound (or of other units)."""
    found = ModelCall.objects.select_related("item__version__algorithm", "item__unit")
    call = found.defer("picture").filter(units_q(viewer, "item__unit__path"), pk=pk).first()
    if call is None:
        raise NotFound(_("没有这次调用"))
    return call
