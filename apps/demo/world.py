"""What the storyteller needs to know of the loaded city, read once from the database."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from apps.accounts.models import Appointment, Organization, Tenant, User
from apps.demo import texts
from apps.demo.geography import City
from apps.hotline.models import Article

TENANT = "demo-city"
CENTER = "demo-center"
#: The department whose inspectors are drawn; every profile has one.
MARKET = "sjj"


@dataclass
class World:
    """The demo city with its people. staff: by role code, then by code of the unit."""

    city: City
    tenant: Tenant
    profile: dict[str, Any]
    units: dict[str, Organization]
    staff: dict[str, dict[str, list[User]]]
    articles: dict[str, list[Article]] = field(default_factory=dict)

    def people(self, role: str, unit: str = CENTER) -> list[User]:
        """Will give those who hold a role in a unit, by login name."""
        return self.staff[role][unit]

    def duty(self, class_code: str) -> dict[str, Any]:
        """Will give the profile's duty for a class: department and limit."""
        return next(d for d in self.profile["duties"] if class_code in d["classes"])

    def unit_for(self, class_code: str, cell_code: str) -> Organization:
        """Will give the unit that the rules name for a class at a place."""
        return self.units[unit_code(self.profile, class_code, cell_code)]


def unit_code(profile: dict[str, Any], class_code: str, cell_code: str) -> str:
    """Will give the code of the unit in charge of a class in the cell of this code."""
    duty = next(d for d in profile["duties"] if class_code in d["classes"])
    level = next(d["level"] for d in profile["departments"] if d["code"] == duty["department"])
    return department_code(duty["department"], level, cell_code)


def department_code(department: str, level: str, area_code: str) -> str:
    """Will give the code of a department's unit for an area: of the city, a district ..."""
    digits = {"city": 4, "district": 6, "street": 9}[level]
    return f"d{area_code[:digits]}-{department}"


def read_world(city: City, profile: dict[str, Any]) -> World:
    """Will read what the first stages wrote."""
    tenant = Tenant.objects.select_related("area").get(code=TENANT)
    units = {o.code: o for o in Organization.objects.filter(tenant=tenant)}
    staff: dict[str, dict[str, list[User]]] = defaultdict(lambda: defaultdict(list))
    known: dict[int, User] = {}
    held = Appointment.objects.filter(post__organization__tenant=tenant)
    for one in held.select_related("user", "post__organization").prefetch_related("post__roles"):
        user = known.setdefault(one.user_id, one.user)
        for role in one.post.roles.all():
            staff[role.code][one.post.organization.code].append(user)
    for by_unit in staff.values():
        for people in by_unit.values():
            people.sort(key=lambda user: user.username)
    articles: dict[str, list[Article]] = defaultdict(list)
    for article in Article.objects.filter(tenant=tenant).order_by("pk"):
        articles[article.class_code].append(article)
    return World(city, tenant, profile, units, staff, articles)


def read_profile(code: str) -> dict[str, Any]:
    """Will read a profile: classes, departments, duties, matter."""
    found: dict[str, Any] = texts.read(f"profiles/{code}")
    return found
