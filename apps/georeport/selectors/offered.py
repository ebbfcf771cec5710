"""What is offered outside, and what each class asks. Source: GeoReport v2, GET services."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.common import forms_data
from apps.common.errors import NotFound
from apps.common.forms_data.shape import choices_of
from apps.georeport.models import OpenService
from apps.georeport.permissions import managed_q
from apps.hotline.citizen.selectors import public_tenant
from apps.hotline.services.registering import MATTER_TYPE
from apps.matters.selectors import get_open_matter

#: Types of our forms by the types of the standard; the others cannot be asked for by it.
DATATYPES = {
    "text": "string",
    "phone": "string",
    "id_number": "string",
    "longtext": "text",
    "integer": "number",
    "decimal": "number",
    "date": "datetime",
    "datetime": "datetime",
    "choice": "singlevaluelist",
    "boolean": "singlevaluelist",
    "multichoice": "multivaluelist",
}
#: Of the extended attributes only what holds no words of a person.
PUBLISHED_TYPES = frozenset({"choice", "multichoice", "integer", "decimal", "boolean"})


@dataclass(frozen=True)
class Asked:
    """One question of a service. is_matter: the matter's own; preset: given by the server."""

    entry: Mapping[str, Any]
    is_matter: bool
    preset: str | None = None

    @property
    def name(self) -> str:
        return str(self.entry["name"])

    @property
    def is_many(self) -> bool:
        return bool(self.entry["type"] == "multichoice")

    def choices(self) -> list[tuple[str, str]]:
        """Will give (key, name) of what may be answered."""
        if self.entry["type"] == "boolean":
            return [("true", _("是")), ("false", _("否"))]
        return choices_of(self.entry)


def jurisdiction(code: str) -> Tenant:
    """Will give the body a ``jurisdiction_id`` names: the code of a tenant that offers something.

    "": the body of the public pages. Raises: NotFound (field ``jurisdiction_id``).
    """
    if not code:
        return public_tenant()
    offering = OpenService.objects.filter(is_active=True).values("tenant_id")
    found = Tenant.objects.select_related("area").filter(code=code, pk__in=offering).first()
    if found is None:
        raise NotFound(_("没有这个辖区：%s") % code[:80], field="jurisdiction_id")
    return found


def offered(tenant: Tenant) -> QuerySet[OpenService]:
    """Will give what a body offers now, in order."""
    return OpenService.objects.filter(tenant=tenant, is_active=True)


def get_offered(tenant: Tenant, code: str) -> OpenService:
    """Will give one of them. Raises: NotFound (field ``service_code``)."""
    found = offered(tenant).filter(code=code).first()
    if found is None:
        raise NotFound(_("没有这个服务代码：%s") % code[:80], field="service_code")
    return found


def asked_by(service: OpenService) -> list[Asked]:
    """Will give the questions of a service: those of the matter, then its own.

    Files and points of a form cannot be asked by the standard and are left out.
    """
    matter = get_open_matter(MATTER_TYPE)
    version = matter.current_version
    own = version.body.get("form", {}) if version is not None else {}
    found = [Asked(entry, True) for entry in own.get("fields", [])]
    presets = service.presets
    found += [
        Asked(entry, False, presets.get(entry["name"]))
        for entry in service.questions.get("fields", [])
    ]
    return [each for each in found if each.entry["type"] in DATATYPES]


def has_metadata(service: OpenService, *, matter_asks: bool) -> bool:
    """Will tell whether a service asks anything. matter_asks: whether the matter does."""
    return matter_asks or bool(service.questions.get("fields"))


def matter_asks() -> bool:
    """Will tell whether the matter of demands has fields of its own that can be asked."""
    version = get_open_matter(MATTER_TYPE).current_version
    fields = version.body.get("form", {}).get("fields", []) if version is not None else []
    return any(entry["type"] in DATATYPES for entry in fields)


def answers_shown(service: OpenService, answers: Mapping[str, Any]) -> list[Any]:
    """Will give the answers to a service's questions with their words, for staff."""
    return list(forms_data.show(service.questions, answers)) if service.questions else []


# --- For those who keep it ---------------------------------------------------------------


def list_services(viewer: User, *, text: str = "", state: str = "") -> QuerySet[OpenService]:
    """Will give what the viewer's bodies offer or offered. state: "", "open" or "closed"."""
    found = OpenService.objects.filter(managed_q(viewer, "tenant_id")).select_related("tenant")
    if text:
        found = found.filter(name__icontains=text) | found.filter(code__icontains=text)
    if state:
        found = found.filter(is_active=state == "open")
    return found.order_by("tenant_id", "group", "code")


def get_service(viewer: User, *, pk: int) -> OpenService:
    """Will give one of them. Raises: NotFound."""
    found = list_services(viewer).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这个开放类别"))
    return found
