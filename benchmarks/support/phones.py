"""Grid workers for the benchmarks of the phone, laid down directly."""

from datetime import date
from typing import Any

SINCE = date(2020, 1, 1)


def build_workers(count: int) -> list[Any]:
    """Will give so many workers of one unit with the right to use the phone."""
    from django.contrib.auth.models import Permission

    from apps.accounts.models import Appointment, Organization, Post, Role, Tenant, User

    tenant = Tenant.objects.create(code="bench", name="测试市")
    unit = Organization.objects.create(
        tenant=tenant, code="street", name="测试街道", kind="street", path=""
    )
    unit.path = f"/{unit.pk}/"
    unit.save(update_fields=["path"])
    role = Role.objects.create(code="phone_worker", name="网格员")
    role.permissions.add(
        Permission.objects.get(content_type__app_label="phone", codename="use_phone")
    )
    post = Post.objects.create(organization=unit, name="网格员")
    post.roles.add(role)
    users = User.objects.bulk_create(
        User(username=f"worker{number}", full_name=f"网格员{number}", tenant=tenant)
        for number in range(count)
    )
    Appointment.objects.bulk_create(
        Appointment(user=user, post=post, from_on=SINCE) for user in users
    )
    return users
