"""What people could do on a past day, put together from the register and the log.

Appointments carry their own dates. What a post or a role held is told by the first entry of
the log after the day: it names what was there before. Source: AC-06, AU-01.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.accounts.models import Appointment, Delegation, Post, Role, User
from apps.accounts.registry import kept_rights
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.places.selectors import area_prefixes

_ROLES_SET, _PERMISSIONS_SET = "post.roles_set", "role.permissions_set"
_APPOINTED = "appointment.made"
_ACTIVE_BEFORE = {"user.deactivated": True, "user.reactivated": False}
#: What is taken as it stands today: entries of earlier releases do not say how it was.
_NOT_TURNED_BACK = ("post.updated", "organization.moved", "organization.updated")


@dataclass(frozen=True)
class HeldPost:
    """One appointment as it counted on a day.

    roles: codes; permissions: "app.codename" of these roles, both as they stood at the moment.
    recorded_later: the appointment was entered after the moment, for a day already past.
    on_behalf_of: whose post it is, where the person stood in as a deputy (代办).
    """

    user: User
    post: Post
    roles: tuple[str, ...]
    permissions: frozenset[str]
    area_paths: tuple[str, ...]
    recorded_later: bool
    on_behalf_of: User | None = None


@dataclass(frozen=True)
class RightsThen:
    """Who held which posts on a day. moment: its end; changed: entries since, not undone here."""

    day: date
    moment: datetime
    posts: list[HeldPost]
    superusers: list[User]
    changed: list[AuditEntry]

    @property
    def is_today(self) -> bool:
        """Whether the day has not ended yet."""
        return self.day >= clock.today()


def end_of(day: date) -> datetime:
    """Will give the last moment of a day in the city's time zone, of today the present one."""
    if day >= clock.today():
        return clock.now()
    return timezone.make_aware(datetime.combine(day, time.max))


def rights_on(day: date, *, users: Iterable[int] | None = None) -> RightsThen:
    """Will give the posts held on a day, by people who could sign in at its end.

    users: keys; only of these people, else of everybody. Eight queries, and one per duty area.
    """
    moment = end_of(day)
    held = Appointment.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gte=day),
        Q(suspended_at__isnull=True) | Q(suspended_at__gt=moment),
        from_on__lte=day,
    ).select_related("user", "post__organization__tenant", "post__organization__area", "post__area")
    people = User.objects.all()
    if users is not None:
        held, people = held.filter(user__in=users), people.filter(pk__in=users)
    active = _active_at(moment, people)
    roles = _roles_at(moment)
    permissions = _permissions_at(moment)
    late = _recorded_after(moment)
    areas: dict[int, tuple[str, ...]] = {}
    posts = []
    for appointment in held.order_by("user", "-is_primary", "pk"):
        if appointment.user_id not in active:
            continue
        post = appointment.post
        area = post.area or post.organization.area
        if area is not None and area.pk not in areas:
            areas[area.pk] = tuple(area_prefixes(area))
        codes = roles.get(post.pk, ())
        posts.append(
            HeldPost(
                user=appointment.user,
                post=post,
                roles=codes,
                permissions=frozenset().union(*(permissions.get(code, ()) for code in codes)),
                area_paths=areas[area.pk] if area is not None else (),
                recorded_later=(appointment.user_id, post.pk) in late,
            )
        )
    return RightsThen(
        day=day,
        moment=moment,
        posts=posts + _handed(day, moment, posts, active, permissions),
        superusers=[user for user in people.filter(is_superuser=True) if user.pk in active],
        changed=list(
            AuditEntry.objects.filter(action__in=_NOT_TURNED_BACK, at__gt=moment).order_by("id")
        ),
    )


def _handed(
    day: date,
    moment: datetime,
    posts: Sequence[HeldPost],
    active: set[int],
    permissions: Mapping[str, Iterable[str]],
) -> list[HeldPost]:
    """What deputies held of others' posts: the handed roles, without what is never handed on."""
    found = []
    given = Delegation.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=moment), from_on__lte=day, to_on__gte=day
    )
    for delegation in given.select_related("deputy").prefetch_related("roles").order_by("pk"):
        handed = {role.code for role in delegation.roles.all()}
        for held in posts:
            codes = tuple(code for code in held.roles if code in handed)
            if held.user.pk != delegation.giver_id or not codes:
                continue
            if delegation.deputy_id not in active:
                continue
            rights = frozenset().union(*(permissions.get(code, ()) for code in codes))
            found.append(
                replace(
                    held,
                    user=delegation.deputy,
                    roles=codes,
                    permissions=rights - kept_rights(),
                    recorded_later=held.recorded_later or delegation.made_at > moment,
                    on_behalf_of=held.user,
                )
            )
    return found


def _first_after(moment: datetime, *actions: str) -> dict[str, AuditEntry]:
    """The first entry after the moment of each object."""
    found: dict[str, AuditEntry] = {}
    for entry in AuditEntry.objects.filter(action__in=actions, at__gt=moment).order_by("id"):
        found.setdefault(entry.object_id, entry)
    return found


def _recorded_after(moment: datetime) -> set[tuple[int, int]]:
    made = AuditEntry.objects.filter(action=_APPOINTED, at__gt=moment)
    return {
        (int(user_id), int(post_id))
        for user_id, post_id in made.values_list("object_id", "data__post_id")
    }


def _active_at(moment: datetime, people: QuerySet[User]) -> set[int]:
    later = _first_after(moment, *_ACTIVE_BEFORE)
    return {
        pk
        for pk, is_active in people.values_list("pk", "is_active")
        if (_ACTIVE_BEFORE[later[str(pk)].action] if str(pk) in later else is_active)
    }


def _roles_at(moment: datetime) -> dict[int, tuple[str, ...]]:
    """The role codes of every post."""
    found: dict[int, list[str]] = {}
    carried = Post.roles.through.objects.order_by("role__code")
    for post_id, code in carried.values_list("post_id", "role__code"):
        found.setdefault(post_id, []).append(code)
    later = _first_after(moment, _ROLES_SET)
    before = {int(post_id): list(entry.data["before"]) for post_id, entry in later.items()}
    return {post_id: tuple(codes) for post_id, codes in (found | before).items()}


def _permissions_at(moment: datetime) -> dict[str, set[str]]:
    """The permissions of every role by its code; later changes are undone, the newest first."""
    found: dict[str, set[str]] = {role.code: set() for role in Role.objects.all()}
    codes = dict(Role.objects.values_list("pk", "code"))
    rows = Role.permissions.through.objects.values_list(
        "role__code", "permission__content_type__app_label", "permission__codename"
    )
    for code, app, codename in rows:
        found[code].add(f"{app}.{codename}")
    changes = AuditEntry.objects.filter(action=_PERMISSIONS_SET, at__gt=moment).order_by("-id")
    for entry in changes:
        changed = codes.get(int(entry.object_id))
        if changed is not None:
            found[changed] -= set(entry.data["added"])
            found[changed] |= set(entry.data["removed"])
    return found
