"""What authors choose from where a vocabulary is too large to list it: areas and units."""

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, Tenant
from apps.common.memory import Memory
from apps.places import selectors as places

_units: Memory[tuple[frozenset[str], dict[str, tuple[str, ...]]]] = Memory(
    of=("accounts.Organization",)
)
_MOST_AREAS = 3000
_MOST_UNITS = 2000


def area_options() -> list[tuple[str, str]]:
    """Will give (path, full name) of the areas in force down to communities; two queries."""
    areas = list(places.list_areas().filter(level__is_cell=False)[:_MOST_AREAS])
    names = {str(area.pk): area.name for area in areas}
    tops = {str(area.pk) for area in areas if area.level.depth == 1}
    options = []
    for area in areas:
        above = [step for step in area.path.strip("/").split("/")[:-1] if step not in tops]
        options.append((area.path, " ".join([names.get(s, "") for s in above] + [area.name])))
    return options


def find_area_path(text: str) -> str:
    """Will give the path of the area people mean by a path, a code, a name or a full name.

    Raises: ValueError with a message for people (unknown, or several bear the name).
    """
    text = text.strip()
    if text.startswith("/"):
        return text
    last = text.split()[-1] if text else ""
    found = list(places.list_areas().filter(Q(name=last) | Q(code=text))[:50])
    if len(found) > 1:
        full = " ".join(text.split())
        found = [area for area in found if places.full_name(area) == full] or found
    if len(found) > 1:
        raise ValueError(_("有多个区域叫“%(name)s”，请写全名或代码") % {"name": text[:80]})
    if not found:
        raise ValueError(_("没有叫“%(name)s”的区域") % {"name": text[:80]})
    return found[0].path


def find_unit_code(text: str) -> str:
    """Will give the code of the unit in use people mean by a code or a name.

    What is neither is given back as it is; the check of the table names it.
    Raises: ValueError with a message for people (several units bear the name).
    """
    text = text.strip()
    codes, by_name = _units.get(None, _read_units)
    named = by_name.get(text, ())
    if text in codes or not named:
        return text
    if len(named) > 1:
        raise ValueError(_("有多个单位叫“%(name)s”，请写代码") % {"name": text[:80]})
    return named[0]


def unit_text(code: str) -> str:
    """Will give what ``find_unit_code`` reads as this unit: its name, its code where shared."""
    _codes, by_name = _units.get(None, _read_units)
    return next((name for name, codes in by_name.items() if codes == (code,)), code)


def _read_units() -> tuple[frozenset[str], dict[str, tuple[str, ...]]]:
    pairs = list(Organization.objects.filter(is_active=True).values_list("code", "name"))
    by_name: dict[str, tuple[str, ...]] = {}
    for code, name in pairs:
        by_name[name] = (*by_name.get(name, ()), code)
    return frozenset(code for code, _name in pairs), by_name


def unit_options(tenant: Tenant | None) -> list[tuple[str, str]]:
    """Will give (code, name) of the units in use, of one tenant or of all."""
    found = Organization.objects.filter(is_active=True).order_by("path")
    if tenant is not None:
        found = found.filter(tenant=tenant)
    return list(found.values_list("code", "name")[:_MOST_UNITS])
