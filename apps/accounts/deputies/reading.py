"""Who stands in for whom today, and by which right. Asked by every question about rights.

Most people are nobody's deputy: that answer comes with their permissions, in one query.
"""

import copy
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value

from apps.accounts.models import Appointment, Delegation, Organization, Post, User
from apps.accounts.permission_keys import roles_with
from apps.accounts.registry import kept_rights
from apps.common import clock

# On the user object, known together with the permissions: the posts held, and this.
HELD_TODAY = "_held_today"
IS_DEPUTY = "_is_deputy"
#: What questions about rights leave on the user object.
_REMEMBERED = (
    "_scopes", "_scope_givers", HELD_TODAY,
    "_appointment_permissions", "_handed", "_delegations",
)  # fmt: skip
DEPUTY_MARK = "@deputy"  # among the labels of permissions; no permission is called that


def counts_q(today: date, prefix: str = "") -> Q:
    """Will give the condition "this delegation counts today"."""
    return Q(
        **{
            f"{prefix}from_on__lte": today,
            f"{prefix}to_on__gte": today,
            f"{prefix}ended_at__isnull": True,
            f"{prefix}giver__is_active": True,
        }
    )


def delegations_to(user: User) -> list[Delegation]:
    """Will give the delegations this person holds today, remembered on the user object."""
    if user.__dict__.get("_own_rights_only"):
        return []
    known: list[Delegation] | None = user.__dict__.get("_delegations")
    if known is None:
        if IS_DEPUTY not in user.__dict__:
            user.get_all_permissions()  # the question about rights answers this one too
        known = []
        if user.__dict__.get(IS_DEPUTY):
            known = list(
                Delegation.objects.filter(counts_q(clock.today()), deputy=user)
                .select_related("giver")
                .order_by("pk")
            )
        user.__dict__["_delegations"] = known
    return known


def marks_of(user_id: int, today: date) -> QuerySet[Delegation, Any]:
    """Will give a row where the person is somebody's deputy on that day: ``DEPUTY_MARK``.

    For joining to the query of permissions, so that being nobody's deputy costs nothing.
    """
    mark = Value(DEPUTY_MARK, output_field=CharField())
    found = Delegation.objects.filter(counts_q(today), deputy_id=user_id).order_by()
    return found.annotate(label=mark).values_list("label")


def _holds_q(prefix: str) -> Q:
    """The giver's own post that carries the role, in force today."""
    today = clock.today()
    return Q(**{f"{prefix}from_on__lte": today, f"{prefix}suspended_at__isnull": True}) & (
        Q(**{f"{prefix}to_on__isnull": True}) | Q(**{f"{prefix}to_on__gte": today})
    )


def handed_permissions(user: User) -> dict[str, User]:
    """Will give what the person may do as a deputy, each with whom it comes from."""
    found: dict[str, User] = {}
    kept = kept_rights()
    for delegation in delegations_to(user):
        rows = Permission.objects.filter(
            _holds_q("roles__posts__appointments__"),
            roles__delegations=delegation,
            roles__posts__appointments__user_id=delegation.giver_id,
        ).values_list("content_type__app_label", "codename")
        for app_label, codename in rows.distinct():
            label = f"{app_label}.{codename}"
            if label not in kept:
                found.setdefault(label, delegation.giver)
    return found


def handed_appointments(user: User, permissions: Iterable[str] = ()) -> QuerySet[Appointment]:
    """Will give the posts of others the person acts from today.

    permissions: only posts whose handed roles carry one of these.
    """
    wanted = set(permissions) - kept_rights()
    reach = Q(pk__in=[])
    for delegation in delegations_to(user):
        roles = delegation.roles.all()
        if permissions:
            roles = roles.filter(pk__in=roles_with(wanted))
        posts = Post.objects.filter(roles__in=roles.values("pk"))
        reach |= Q(user_id=delegation.giver_id, post__in=posts.values("pk"))
    return Appointment.objects.filter(reach, _holds_q(""))


def deputies_with(permission: str, unit: Q) -> QuerySet[Any, Any]:
    """Will give the keys of those who may do that today as somebody's deputy.

    unit: narrows the giver's posts, with the prefix of ``accounts.Appointment``.
    """
    handed = Delegation.roles.through.objects
    if permission in kept_rights():
        return handed.none().values("delegation__deputy_id")
    same_role = Post.roles.through.objects.filter(role_id=OuterRef(OuterRef("role_id")))
    held = Appointment.objects.filter(
        _holds_q(""),
        unit,
        user_id=OuterRef("delegation__giver_id"),
        post_id__in=same_role.values("post_id"),
    )
    rows = handed.filter(
        counts_q(clock.today(), "delegation__"),
        Exists(held),
        role_id__in=roles_with([permission]),
    )
    return rows.values("delegation__deputy_id")


# --- In whose name --------------------------------------------------------------------


def settle_capacity(actor: User, may: Callable[[User], bool]) -> None:
    """Will note in whose name the actor is about to act, for the log.

    may: is this person allowed? Asked of the actor's own rights first; only where those do
    not suffice the deed is done for whoever gave the missing one. Called once it is allowed.
    """
    given = delegations_to(actor)
    if not given:
        return
    actor.__dict__.pop("acting_for", None)
    if may(bare(actor)):
        return
    for delegation in given:
        if may(bare(actor, [delegation])):
            actor.__dict__["acting_for"] = delegation.giver
            return
    actor.__dict__["acting_for"] = given[0].giver


def bare(user: User, delegations: list[Delegation] | None = None) -> User:
    """Will give the same person with only these delegations (none: the own rights alone)."""
    own = copy.copy(user)
    for name in _REMEMBERED:
        own.__dict__.pop(name, None)
    if delegations is None:
        own.__dict__["_own_rights_only"] = True
    else:
        own.__dict__["_delegations"] = delegations
    return own


def list_given(user: User) -> QuerySet[Delegation]:
    """Will give what a person has handed to others, the newest first."""
    return (
        Delegation.objects.filter(giver=user)
        .select_related("deputy", "giver")
        .prefetch_related("roles")
        .order_by("-from_on", "-pk")
    )


def list_held(user: User) -> QuerySet[Delegation]:
    """Will give what others have handed to this person, the newest first."""
    return (
        Delegation.objects.filter(deputy=user)
        .select_related("deputy", "giver")
        .prefetch_related("roles")
        .order_by("-from_on", "-pk")
    )


def possible_deputies(user: User) -> QuerySet[User]:
    """Will give the active colleagues in the person's own units and below."""
    units = Organization.objects.filter(
        pk__in=Appointment.objects.filter(_holds_q(""), user=user).values("post__organization")
    ).values_list("path", flat=True)
    near = Q(pk__in=[])
    for path in units:
        near |= Q(post__organization__path__startswith=path)
    held = Appointment.objects.filter(near, _holds_q(""), user=OuterRef("pk"))
    return (
        User.objects.filter(Exists(held), is_active=True)
        .exclude(pk=user.pk)
        .order_by("name_pinyin", "pk")
    )
