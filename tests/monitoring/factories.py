"""Equipment of the town that is watched, and people who watch it."""

from django.contrib.auth.models import Permission

from apps.accounts.models import Appointment, Organization, Post, Role, User
from tests.cast import PASSWORD, SINCE

RIGHTS = {
    "watcher": ["monitoring.view_monitoring", "monitoring.run_checks", "alarms.view_alarms"],
    "keeper": [
        "monitoring.view_monitoring",
        "monitoring.run_checks",
        "monitoring.keep_targets",
        "alarms.view_alarms",
        "alarms.arrange_alarms",
    ],
}


def person(name: str, role: str, unit: Organization) -> User:
    """Will give somebody of the unit with the rights of a role of ``RIGHTS``."""
    user = User.objects.create_user(
        username=name, full_name=f"测{name}", password=PASSWORD, tenant=unit.tenant
    )
    row, created = Role.objects.get_or_create(code=f"monitoring-{role}", defaults={"name": role})
    if created:
        for label in RIGHTS[role]:
            app, _dot, code = label.partition(".")
            row.permissions.add(Permission.objects.get(content_type__app_label=app, codename=code))
    post, _made = Post.objects.get_or_create(organization=unit, name=f"监控{role}")
    post.roles.add(row)
    Appointment.objects.create(user=user, post=post, from_on=SINCE)
    return user
