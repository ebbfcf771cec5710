"""Data products of the demo city: open, asked for and granted, and one still a draft. Made up."""

from datetime import datetime, timedelta

from apps.accounts.models import Tenant, User
from apps.common import clock
from apps.demo.geography import City
from apps.demo.world import CENTER, TENANT
from apps.places import selectors as places
from apps.products import services
from apps.sensing.models import DeviceProfile

#: Of two units.
ASKERS = ("handler1", "handler4")
#: Code, name, profile, measure, grain, step, open, what it is for.
OFFERED = (
    ("pm25-districts", "各区细颗粒物小时值", "air", "pm25", "area", "hour", True,
     "各区空气站小时均值，按参与平均的读数加权"),
    ("water-level-days", "河道水位日值", "water_level", "level", "device", "day", False,
     "每个水位站的日均、最低和最高水位"),
    ("noise-hours", "工地噪声小时值", "noise_dust", "noise", "device", "hour", False,
     "试行中，口径确认后发布"),
)  # fmt: skip


def load_products(city: City, *, until: datetime) -> int:
    """Will offer what the demo's devices measure, and give how many products there are.

    The first is open to all, the second was asked for twice, one granted, the third a draft.
    """
    tenant = Tenant.objects.get(code=TENANT)
    center = tenant.organizations.get(code=CENTER)
    keeper = User.objects.get(username="product-keeper1", tenant=tenant)
    area = places.find_area(code=city.city.code)
    if area is None:
        return 0
    made = []
    with clock.at(until - timedelta(days=6)):
        for code, name, profile, field, grain, step, is_open, told in OFFERED:
            found = DeviceProfile.objects.filter(code=profile, fields__code=field)
            if not found:
                continue
            spec = services.ProductSpec(
                unit=center, code=code, name=name, profiles=list(found), field_code=field,
                area=area, grain=grain, step=step, is_open=is_open, description=told,
                terms="仅供本市业务使用，引用时注明提供单位",
            )  # fmt: skip
            made.append(services.save_product(keeper, spec=spec))
        for product in made[:2]:
            services.publish_product(keeper, product_id=product.pk)
    for number, product in enumerate(made[1:2]):
        _ask(tenant, keeper, product.pk, until - timedelta(days=3 - number))
    return len(made)


def _ask(tenant: Tenant, keeper: User, product_id: int, moment: datetime) -> None:
    people = User.objects.filter(tenant=tenant, username__in=ASKERS).order_by("username")
    seen: set[int] = set()
    for person in people:
        held = person.appointments.select_related("post__organization").first()
        if held is None or held.post.organization_id in seen:
            continue
        seen.add(held.post.organization_id)
        with clock.at(moment):
            grant = services.ask_for(
                person, product_id=product_id, unit=held.post.organization,
                purpose="汛期巡查前查看河道水位变化",
            )  # fmt: skip
        if len(seen) == 1:
            with clock.at(moment + timedelta(hours=5)):
                services.grant_product(keeper, grant_id=grant.pk, reason="用途明确")
