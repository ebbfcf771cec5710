"""The matters that are in force."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import NotFound
from apps.common.memory import Memory
from apps.matters.definition import kinds_with
from apps.matters.enums import Service
from apps.matters.models import MatterType
from apps.matters.registry import extension_of


@dataclass(frozen=True)
class OpenMatter:
    """A matter whose cases can be opened, and the page where they are taken in."""

    matter: MatterType
    intake_url: str


_open: Memory[MatterType | None] = Memory(
    of=("matters.MatterType", "matters.MatterVersion", "matters.MatterDomain")
)


def in_force() -> QuerySet[MatterType]:
    """Will give the matters with a published version, with that version and their domain."""
    found = MatterType.objects.filter(current_version__isnull=False)
    return found.select_related("current_version", "domain").order_by("domain__code", "code")


def matters_open_to(service: Service) -> QuerySet[MatterType]:
    """Will give the matters in force whose kind brings a service with it (MT-02)."""
    return in_force().filter(kind__in=kinds_with(service))


def services_of(matter: MatterType) -> list[Service]:
    """Will give the services the kind of a matter switches on, in their own order."""
    return [service for service in Service if matter.kind in kinds_with(service)]


def get_open_matter(code: str) -> MatterType:
    """Will give a matter in force by code. Raises: NotFound."""
    matter = _open.get(code, lambda: in_force().filter(code=code).first())
    if matter is None:
        raise NotFound(_("没有已发布的事项“%s”") % code)
    return matter


def list_open_matters(viewer: User) -> list[OpenMatter]:
    """Will give the matters the viewer takes in, each with its page of intake."""
    rows = []
    for matter in in_force():
        url = extension_of(matter.code).intake_url(viewer, matter.code)
        if url is not None:
            rows.append(OpenMatter(matter, url or reverse("matters:case-new", args=[matter.code])))
    return rows
