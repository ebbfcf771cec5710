"""Vendors a viewer may choose from."""

from apps.accounts.models import User
from apps.appraisal import permissions
from apps.assets.models import Asset


def vendors_seen(viewer: User) -> list[str]:
    """Will give the vendors of things in the viewer's reach, and the viewer's own, by name."""
    found = Asset.objects.filter(permissions.reach_q(viewer, area="area__path"))
    names = set(found.exclude(vendor="").order_by().values_list("vendor", flat=True).distinct())
    return sorted(names | permissions.vendors_of(viewer))
