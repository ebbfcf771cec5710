"""Who a user is to the city today, and whom and what they may see."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import (
    BigIntegerField,
    Count,
    Exists,
    Model,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
)
from django.db.models.functions import Cast
from django.utils.translation import gettext
from guardian.models import UserObjectPermission

from apps.accounts.deputies.reading import (
    HELD_TODAY,
    delegations_to,
    deputies_with,
    handed_appointments,
)
from apps.accounts.models import Appointment, Organization, Post, Role, SignInCounter, User
from apps.accounts.permission_keys import carries
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import NotFound
from apps.common.memory import Memory
from apps.common.questions import Question
from apps.places.models import Area
from apps.places.selectors import area_prefixes

_SCOPE_COLUMNS = (
    "post__name",
    "post__organization__name",
    "post__organization__short_name",
    "post__organization__path",
    "post__organization__tenant",
    "post__organization__area__path",
    "post__area__path",
)
#: Asked for by nearly every request, with its rights: only the columns a scope is made of.
HELD = Question(
    lambda user, today: (
        Appointment.objects.filter(in_force_q(today=today), user_id=user)
        .select_related("post__organization__area", "post__area")
        .only(*_SCOPE_COLUMNS)
        .order_by("-is_primary", "id")
    ),
    (int, date),
)
_STAFF = (
    "accounts.User",
    "accounts.Appointment",
    "accounts.Delegation",
    "accounts.Post",
    "accounts.Role",
)
_staff: Memory[tuple[User, ...]] = Memory(of=(*_STAFF, "accounts.Organization"))
_units: Memory[Organization | None] = Memory(of=("accounts.Organization",))
PEOPLE_PERMISSIONS = ("accounts.manage_people", "accounts.manage_roles", "accounts.unlock_users")


@dataclass(frozen=True)
class Scope:
    """How far a viewer reaches.

    tenant_ids, organization_ids: of the posts held today.
    organization_paths: path prefixes; the viewer's units and everything below them.
    area_paths: path prefixes of the duty areas of the posts held (or of their units), and
        of the areas that merged or split into them.
    acting_for: whose deputy the viewer is today; their named tasks are the viewer's too.
    everything: a superuser, or nobody in particular acting as the system.
    """

    user_id: int | None = None
    everything: bool = False
    tenant_ids: frozenset[int] = frozenset()
    organization_ids: frozenset[int] = frozenset()
    organization_paths: tuple[str, ...] = ()
    area_paths: tuple[str, ...] = ()
    permissions: frozenset[str] = field(default_factory=frozenset)
    acting_for: frozenset[int] = frozenset()

    @property
    def person_ids(self) -> frozenset[int]:
        """The viewer and whoever the viewer stands in for."""
        return self.acting_for | ({self.user_id} if self.user_id is not None else set())

    def covers_tenant(self, tenant_id: int | None) -> bool:
        """Will tell whether records of this tenant are the viewer's own."""
        return self.everything or tenant_id in self.tenant_ids

    def covers_organization(self, path: str) -> bool:
        """Will tell whether an organisation with this path is one of the viewer's or below."""
        return self.everything or any(path.startswith(p) for p in self.organization_paths)

    def covers_area(self, path: str) -> bool:
        """Will tell whether an area with this path lies in a duty area of the viewer."""
        return self.everything or any(path.startswith(p) for p in self.area_paths)


# --- Rights ---------------------------------------------------------------------------


def in_force_q(prefix: str = "", today: date | None = None) -> Q:
    """Will give the condition "this appointment counts today"."""
    today = today or clock.today()
    return Q(**{f"{prefix}from_on__lte": today, f"{prefix}suspended_at__isnull": True}) & (
        Q(**{f"{prefix}to_on__isnull": True}) | Q(**{f"{prefix}to_on__gte": today})
    )


def appointments_in_force(user: User) -> QuerySet[Appointment]:
    """Will give the appointments held today, main post first."""
    return _held(user.pk, clock.today())


def _held(user_id: int, today: date) -> QuerySet[Appointment]:
    return (
        Appointment.objects.filter(in_force_q(today=today), user_id=user_id)
        .select_related("post__organization__tenant", "post__organization__area", "post__area")
        .defer("post__organization__area__boundary", "post__area__boundary")
        .order_by("-is_primary", "id")
    )


_MAIN = Question(
    lambda user, today: (
        _held(user, today)
        .select_related("post__organization__tenant__area")
        .defer("post__organization__tenant__area__boundary")[:1]
    ),
    (int, date),
)


def main_post_of(user: User) -> Post | None:
    """Will give the main post held today, with its unit, tenant and the tenant's area."""
    held = _MAIN.first(user.pk, clock.today())
    return held.post if held is not None else None


def suspended_appointments(user: User) -> QuerySet[Appointment]:
    """Will give the posts the user holds today that give no rights for now."""
    today = clock.today()
    held = Appointment.objects.filter(user=user, from_on__lte=today, suspended_at__isnull=False)
    return held.exclude(to_on__lte=today).select_related("post__organization").order_by("from_on")


def unit_name_of(user: User) -> str:
    """Will give the name of the unit of the main post held today, empty without one.

    Remembered on the user object, like ``scope_of``, with which it shares its query.
    """
    held = _held_today(user)
    return held[0].post.organization.name if held else ""


def post_label_of(user: User) -> str:
    """Will write the main post held today, 市应急局 · 值班长, empty without one.

    Remembered on the user object, like ``scope_of``, with which it shares its query.
    """
    held = _held_today(user)
    return str(held[0].post) if held else ""


def scope_of(user: User) -> Scope:
    """Will give the viewer's reach by all posts together.

    One question and one per duty area (its mergers), remembered on the user object, that is
    for one request: a right taken away is gone at the next.
    """
    return _remembered(user, ())


def scope_for(user: User, *permissions: str) -> Scope:
    """Will give the reach of only those posts that carry one of these permissions.

    Somebody who manages people in one body and takes calls in another manages people in
    the first only. Remembered on the user object. Notes in whose name a deputy goes on, like
    ``has_perm``.
    """
    scope = _remembered(user, permissions)
    givers: dict[tuple[str, ...], User | None] = user.__dict__.get("_scope_givers", {})
    if permissions in givers:
        user.__dict__["acting_for"] = givers[permissions]
    return scope


def _remembered(user: User, permissions: tuple[str, ...]) -> Scope:
    memory: dict[tuple[str, ...], Scope] = user.__dict__.setdefault("_scopes", {})
    if permissions not in memory:
        memory[permissions] = _scope(user, permissions)
    return memory[permissions]


def _scope(user: User, permissions: tuple[str, ...]) -> Scope:
    if not user.pk or not user.is_active:
        return Scope(user_id=user.pk)
    rights = frozenset(user.get_all_permissions())  # first: the posts held come with them
    if permissions:
        held = list(appointments_in_force(user).filter(carries(permissions)))
        handed = _handed(user, permissions)
        if delegations_to(user):
            giver = handed[0].user if handed and not held else None
            user.__dict__.setdefault("_scope_givers", {})[permissions] = giver
        held += handed
    else:
        held = _held_today(user) + _handed(user)
    posts = [appointment.post for appointment in held]
    organizations = [post.organization for post in posts]
    areas = [post.area or post.organization.area for post in posts]
    return Scope(
        user_id=user.pk,
        everything=user.is_superuser,
        tenant_ids=frozenset(o.tenant_id for o in organizations),
        organization_ids=frozenset(o.pk for o in organizations),
        organization_paths=tuple(dict.fromkeys(o.path for o in organizations)),
        area_paths=_area_paths([a for a in areas if a is not None]),
        permissions=rights,
        acting_for=frozenset(d.giver_id for d in delegations_to(user)),
    )


def _handed(user: User, permissions: Iterable[str] = ()) -> list[Appointment]:
    """The posts of others the user acts from as a deputy (代办)."""
    if not delegations_to(user):
        return []
    return list(
        handed_appointments(user, permissions)
        .select_related("user", "post__organization__area", "post__area")
        .defer("post__organization__area__boundary", "post__area__boundary")
        .order_by("id")
    )


def _held_today(user: User) -> list[Appointment]:
    remembered: list[Appointment] | None = getattr(user, HELD_TODAY, None)
    if remembered is None:
        remembered = HELD.all(user.pk, clock.today())
        setattr(user, HELD_TODAY, remembered)
    return remembered


def _area_paths(areas: list[Area]) -> tuple[str, ...]:
    """The paths of the areas, and of those that were merged or split into them."""
    distinct = {area.pk: area for area in areas}.values()
    return tuple(dict.fromkeys(path for area in distinct for path in area_prefixes(area)))


def organization_scope_q(scope: Scope, field: str = "unit_path") -> Q:
    """Will give the condition "this row's unit is one of the viewer's or below it"."""
    return _prefix_q(scope, field, scope.organization_paths)


def area_scope_q(scope: Scope, field: str = "area_path") -> Q:
    """Will give the condition "this row lies in a duty area of the viewer"."""
    return _prefix_q(scope, field, scope.area_paths)


def _prefix_q(scope: Scope, field: str, prefixes: Iterable[str]) -> Q:
    if scope.everything:
        return Q()
    condition = Q(pk__in=[])
    for prefix in prefixes:
        condition |= Q(**{f"{field}__startswith": prefix})
    return condition


def users_with_permission(
    permission: str, *, organization: Organization | None = None, include_below: bool = False
) -> QuerySet[User]:
    """Will give the active users who may do that today by a post they hold.

    organization: only by a post in this unit; with ``include_below`` also in units below.
    Their deputies of today (代办) are among them. Superusers hold no post and are not.
    """
    unit = Q()
    if organization is not None and include_below:
        unit = Q(post__organization__path__startswith=organization.path)
    elif organization is not None:
        unit = Q(post__organization=organization)
    held = Appointment.objects.filter(in_force_q(), unit, carries([permission]))
    # Sets of keys: conditions on each person apart are planned a hundred times as long.
    may = Q(pk__in=held.values("user_id")) | Q(pk__in=deputies_with(permission, unit))
    return User.objects.filter(may, is_active=True).order_by("pk")


def staff_of(organization: Organization, permission: str) -> tuple[User, ...]:
    """Will give who may do that by a post in the unit today, as of a moment ago.

    For telling people of what happens to their unit; whether somebody may act is asked anew.
    """
    return _staff.get(
        (organization.pk, permission, clock.today()),
        lambda: tuple(users_with_permission(permission, organization=organization)),
    )


def unit_by_code(tenant_id: int, code: str) -> Organization | None:
    """Will give the active unit of this code, or its successor, as of a moment ago."""
    return _units.get((tenant_id, code), lambda: _unit_by_code(tenant_id, code))


def _unit_by_code(tenant_id: int, code: str) -> Organization | None:
    unit = Organization.objects.filter(tenant_id=tenant_id, code=code).first()
    return standing(unit) if unit is not None else None


def standing(unit: Organization) -> Organization | None:
    """Will give the unit itself while it stands, else the one that succeeded it in the end."""
    seen: set[int] = set()
    found: Organization | None = unit
    while found is not None and not found.is_active and found.pk not in seen:
        seen.add(found.pk)
        found = found.successor
    return found if found is not None and found.is_active else None


def shared_object_ids(user: User, permission: str, model: type[Model]) -> tuple[int, ...]:
    """Will give the keys of the objects somebody shared with this user one by one.

    permission: codename or "app.codename". Only explicit shares count: a model-wide
    permission opens nothing here, so a list stays ``scoped | Q(pk__in=shared)``.
    """
    kind = ContentType.objects.get_for_model(model)
    shared = _shares(permission.rpartition(".")[2], kind.pk)
    return tuple(key for (key,) in shared.values(user.pk))


@cache
def _shares(codename: str, kind_id: int) -> Question[UserObjectPermission]:
    # guardian keeps keys as text; comparing them as text would read every row of the model.
    key = Cast("object_pk", BigIntegerField())
    return Question(
        lambda user: UserObjectPermission.objects.filter(
            user_id=user,
            permission__codename=codename,
            permission__content_type_id=kind_id,
        ).values_list(key)
    )


# --- People ---------------------------------------------------------------------------


def people_scope(viewer: User) -> Scope:
    """Will give where the viewer administers people, roles or locks."""
    return scope_for(viewer, *PEOPLE_PERMISSIONS)


def list_users(
    viewer: User,
    *,
    query: str = "",
    organization: Organization | None = None,
    role: Role | None = None,
    state: str = "",
) -> QuerySet[User]:
    """Will give the people of the bodies the viewer administers, with their posts of today.

    query: part of the name, its pinyin or initials, the sign-in name, phone or number.
    organization: holding a post in this unit or below. state: "active", "inactive" or
    "unplaced" (no post today). Each user carries ``posts_today``.
    """
    scope = people_scope(viewer)
    today = Appointment.objects.filter(in_force_q(), user=OuterRef("pk"))
    found = User.objects.select_related("tenant").order_by("name_pinyin", "pk")
    if not scope.everything:
        in_scope = today.filter(post__organization__tenant_id__in=scope.tenant_ids)
        found = found.filter(Q(tenant_id__in=scope.tenant_ids) | Exists(in_scope))
    if text := query.strip():
        found = found.filter(_matches(text))
    if organization is not None:
        below = today.filter(post__organization__path__startswith=organization.path)
        found = found.filter(Exists(below))
    if role is not None:
        found = found.filter(Exists(today.filter(post__roles=role)))
    if state == "unplaced":
        found = found.filter(~Exists(today), is_active=True)
    elif state:
        found = found.filter(is_active=state == "active")
    posts = (
        Appointment.objects.filter(in_force_q())
        .select_related("post__organization")
        .order_by("-is_primary", "id")
    )
    return found.prefetch_related(Prefetch("appointments", posts, to_attr="posts_today"))


def _matches(text: str) -> Q:
    latin = text.lower().replace(" ", "")
    return (
        Q(full_name__contains=text)
        | Q(name_pinyin__startswith=latin)
        | Q(name_pinyin__contains=f" {latin}")
        | Q(username__icontains=text)
        | Q(phone__contains=text)
        | Q(employee_number__iexact=text)
    )


def get_user(viewer: User, user_id: int) -> User:
    """Will give one person the viewer may look at.

    Raises: NotFound (nobody, or in a body the viewer does not administer).
    """
    user = list_users(viewer).filter(pk=user_id).first()
    if user is None:
        raise NotFound("没有找到该人员。")
    return user


def find_user(username: str) -> User | None:
    """Will give the user with this sign-in name, whatever its letters' case."""
    return User.objects.filter(username__iexact=username.strip()).first()


def list_appointments(user: User) -> QuerySet[Appointment]:
    """Will give every appointment of a person, the newest first, with posts and roles."""
    return (
        Appointment.objects.filter(user=user)
        .select_related("post__organization", "post__area")
        .prefetch_related("post__roles")
        .order_by("-from_on", "-id")
    )


def list_sign_ins(user: User) -> QuerySet[AuditEntry]:
    """Will give what the log says of this person's signing in, the newest first."""
    return AuditEntry.objects.filter(
        object_type="accounts.user", object_id=str(user.pk), action__startswith="sign_in."
    ).order_by("-id")


def lock_of(user: User) -> SignInCounter | None:
    """Will give the lock on a person's account, if there is one now."""
    return SignInCounter.objects.filter(
        kind=SignInCounter.Kind.ACCOUNT,
        key=user.username.lower(),
        locked_until__gt=clock.now(),
    ).first()


def count_sessions(user: User) -> int:
    """Will give how many sessions of this person are open now."""
    from allauth.usersessions.models import UserSession

    keys = UserSession.objects.filter(user=user).values("session_key")
    return Session.objects.filter(session_key__in=keys, expire_date__gt=clock.now()).count()


# --- Organisations and roles ----------------------------------------------------------


def list_organizations(viewer: User) -> QuerySet[Organization]:
    """Will give the active organisations of the viewer's tenants, in tree order."""
    scope = scope_of(viewer)
    found = Organization.objects.filter(is_active=True)
    return found if scope.everything else found.filter(tenant_id__in=scope.tenant_ids)


def list_administered_organizations(viewer: User) -> QuerySet[Organization]:
    """Will give all organisations, closed ones too, of the bodies the viewer administers."""
    scope = people_scope(viewer)
    found = Organization.objects.select_related("tenant", "parent", "area")
    return found if scope.everything else found.filter(tenant_id__in=scope.tenant_ids)


def get_organization(viewer: User, organization_id: int) -> Organization:
    """Will give one organisation the viewer administers.

    Raises: NotFound.
    """
    found = list_administered_organizations(viewer).filter(pk=organization_id).first()
    if found is None:
        raise NotFound("没有找到该组织机构。")
    return found


def list_posts(viewer: User) -> QuerySet[Post]:
    """Will give the posts of the active organisations the viewer administers."""
    return (
        Post.objects.filter(organization__in=list_administered_organizations(viewer))
        .filter(organization__is_active=True)
        .select_related("organization", "area")
        .prefetch_related("roles")
        .order_by("organization__path", "name")
    )


def get_post(viewer: User, post_id: int) -> Post:
    """Will give one post the viewer administers.

    Raises: NotFound.
    """
    found = list_posts(viewer).filter(pk=post_id).first()
    if found is None:
        raise NotFound("没有找到该岗位。")
    return found


def list_roles() -> QuerySet[Role]:
    """Will give the roles with the number of posts that carry each (``post_count``)."""
    return Role.objects.annotate(post_count=Count("posts", distinct=True)).order_by("code")


def list_grantable_permissions() -> QuerySet[Permission]:
    """Will give the permissions a role may hold: those our apps declare by name.

    Django's own add/change/delete/view of rows are left out: nobody works by table.
    """
    from django.apps import apps

    ours = [c.label for c in apps.get_app_configs() if c.name.startswith("apps.")]
    named = Q(pk__in=[])
    for model in apps.get_models():
        if model._meta.app_label in ours:
            codenames = [p[0] for p in model._meta.permissions]
            if codenames:
                named |= Q(content_type__app_label=model._meta.app_label, codename__in=codenames)
    return (
        Permission.objects.filter(named)
        .select_related("content_type")
        .order_by("content_type__app_label", "codename")
    )


def permission_names(labels: Iterable[str]) -> list[str]:
    """Will give what people call these permissions, "app.codename" each, in that order."""
    wanted = sorted(set(labels))
    found = Permission.objects.filter(
        codename__in=[label.partition(".")[2] for label in wanted]
    ).select_related("content_type")
    names = {f"{p.content_type.app_label}.{p.codename}": gettext(p.name) for p in found}
    return [names.get(label, label) for label in wanted]
