"""The catalogue of products as one viewer sees it. Source: IO-05."""

from datetime import timedelta

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import (
    area_scope_q,
    list_organizations,
    organization_scope_q,
    scope_for,
    scope_of,
)
from apps.common import clock
from apps.common.errors import NotFound, Refused
from apps.places.models import Area
from apps.products.enums import LIVE_STATES, GrantState, ProductState
from apps.products.models import DataProduct, ProductGrant, ProductUse
from apps.products.permissions import (
    KEEP,
    can_keep_of,
    granted_q,
    require_reader,
    units_of,
)
from apps.sensing.enums import FieldKind
from apps.sensing.models import DeviceProfile, ProfileField

#: Fields by which a profile tells where its device is: people move with it.
PLACES = ("lon", "lat")
#: The order of the catalogue.
ORDERS = {"name": ("name", "pk"), "newest": ("-published_at", "-pk")}


def list_products(
    viewer: User, *, text: str = "", state: str = "", step: str = "", mine: str = "",
    order: str = "name",
) -> QuerySet[DataProduct]:  # fmt: skip
    """Will list what is published in the viewer's bodies, and all the viewer keeps.

    text: part of name, code or what is measured. mine: "kept" (by the viewer's units), "read"
    (open, or granted to them). Each has ``waiting``: how many ask for it.
    Raises: NotAllowed (no right to the catalogue).
    """
    require_reader(viewer)
    scope = scope_of(viewer)
    kept = organization_scope_q(scope_for(viewer, KEEP), "unit__path")
    seen = Q(state=ProductState.PUBLISHED)
    if not scope.everything:
        seen &= Q(unit__tenant_id__in=scope.tenant_ids)
    found = DataProduct.objects.filter(seen | (kept if viewer.has_perm(KEEP) else Q(pk=None)))
    if text:
        found = found.filter(
            Q(name__icontains=text) | Q(code__istartswith=text) | Q(field_name__icontains=text)
        )
    if state:
        found = found.filter(state=state)
    if step:
        found = found.filter(step=step)
    if mine == "kept":
        found = found.filter(kept if viewer.has_perm(KEEP) else Q(pk=None))
    elif mine == "read":
        granted = ProductGrant.objects.filter(granted_q(viewer)).values("product_id")
        found = found.filter(Q(is_open=True) | Q(pk__in=granted), state=ProductState.PUBLISHED)
    waiting = Count("grants", filter=Q(grants__state=GrantState.WAITING))
    return (
        found.select_related("unit", "area")
        .defer("area__boundary")
        .annotate(waiting=waiting)
        .order_by(*ORDERS.get(order, ORDERS["name"]))
    )


def get_product(viewer: User, code: str) -> DataProduct:
    """Raises: NotAllowed; NotFound (no such product, or not for this viewer)."""
    product = list_products(viewer).filter(code=code).first()
    if product is None:
        raise NotFound(_("没有这个数据产品"))
    return product


def list_grants(viewer: User, product: DataProduct) -> QuerySet[ProductGrant]:
    """Will list who asked for a product: all to who keeps it, else what the own units asked."""
    found = product.grants.select_related("unit", "asker", "decider")
    if not can_keep_of(viewer, product.unit):
        found = found.filter(unit__in=units_of(viewer))
    return found.order_by("-pk")


def get_grant(viewer: User, product: DataProduct, pk: int) -> ProductGrant:
    """Raises: NotFound."""
    grant = list_grants(viewer, product).filter(pk=pk).first()
    if grant is None:
        raise NotFound(_("没有这项申请"))
    return grant


def live_grant_of(viewer: User, product: DataProduct) -> ProductGrant | None:
    """Will give what one of the viewer's units asked for and what waits or holds."""
    asked = product.grants.filter(unit__in=units_of(viewer), state__in=LIVE_STATES)
    in_time = Q(until=None) | Q(until__gte=clock.today())
    return asked.filter(in_time).order_by("-pk").first()


def require_sound(product: DataProduct) -> None:
    """Will see that profiles still are what was offered: standing still, the same unit.

    Asked at publishing and at every reading, for profiles are changed by others.
    Raises: Refused (with what has changed).
    """
    for profile in product.profiles.prefetch_related("fields"):
        fields = {field.code: field for field in profile.fields.all()}
        said = {"profile": profile.name}
        if fields.keys() & set(PLACES):
            raise Refused(_("“%(profile)s”现在随人或车移动，其数据不能再提供") % said)
        field = fields.get(product.field_code)
        if field is None or field.unit != product.field_unit:
            raise Refused(_("“%(profile)s”的监测量或单位已变化，请提供单位重新确认") % said)


def list_uses(product: DataProduct, *, days: int = 30) -> QuerySet[ProductUse]:
    """Will list who read a product in the last days, the newest first; for who keeps it."""
    since = clock.today() - timedelta(days=days - 1)
    return product.uses.filter(day__gte=since).select_related("unit").order_by("-day", "unit_id")


def keepable_units(viewer: User) -> QuerySet[Organization]:
    """Will list the units whose products the viewer keeps."""
    scope = scope_for(viewer, KEEP)
    return list_organizations(viewer).filter(organization_scope_q(scope, "path")).order_by("path")


def keepable_areas(viewer: User) -> QuerySet[Area]:
    """Will list the areas in force, above cells, whose figures the viewer may offer."""
    scope = scope_for(viewer, KEEP)
    found = Area.objects.valid_on(clock.today()).filter(
        area_scope_q(scope, "path"), level__is_cell=False
    )
    return found.defer("boundary").order_by("path")


def offerable_fields() -> QuerySet[ProfileField]:
    """Will list numbers of the profiles in use whose devices stand still, by name."""
    still = DeviceProfile.objects.filter(is_active=True).exclude(fields__code__in=PLACES)
    found = ProfileField.objects.filter(profile__in=still, kind=FieldKind.NUMBER)
    return found.select_related("profile").order_by("name", "profile__name")
