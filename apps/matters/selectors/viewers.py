"""Who can see a case, or could on a day, and by which right.

It says of everybody what ``visible_cases`` says of one viewer; the two are held together by a
test over all people of the town. Source: AC-06, AU-01.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _
from guardian.models import UserObjectPermission

from apps.accounts.models import Tenant, User
from apps.accounts.past import HeldPost, RightsThen, rights_on
from apps.accounts.selectors import permission_names, scope_for
from apps.audit.models import AuditEntry
from apps.common.errors import InvalidInput, NotFound
from apps.common.phrases import bracketed, series
from apps.matters.enums import TaskKind
from apps.matters.models import Case, Task
from apps.matters.permissions import TENANT_WIDE, TRACE_RIGHTS, UNIT_WIDE

_AREA_WIDE = TENANT_WIDE | {"matters.view_area_cases"}
_SHARED = ("object.shared", "object.unshared")


@dataclass(frozen=True)
class Seer:
    """One person who could see the case. posts: held on the day; reasons: each a sentence."""

    user: User
    posts: tuple[HeldPost, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Seers:
    """Everybody who could see it. rights: what the answer was made of."""

    people: list[Seer]
    rights: RightsThen


def traceable_case(viewer: User, number: str) -> Case:
    """Will give a case by its number to who administers or audits rights in its body.

    They learn its number, kind and area, never what it says.
    Raises: NotFound.
    """
    scope = scope_for(viewer, *TRACE_RIGHTS)
    found = Case.objects.select_related("tenant", "area", "unit", "matter_type")
    if not scope.everything:
        found = found.filter(tenant__in=Tenant.objects.filter(pk__in=scope.tenant_ids))
    case = found.filter(number=number.strip()).first()
    if case is None:
        raise NotFound(_("没有找到这个编号的案件。"))
    return case


def who_could_see(case: Case, day: date) -> Seers:
    """Will give everybody who could see the case at the end of the day, with the reasons.

    Raises: InvalidInput (on: the case was opened later).
    """
    rights = rights_on(day)
    if case.opened_at > rights.moment:
        raise InvalidInput(_("这一天案件尚未登记"), field="on")
    units = _units(case, rights)
    checkers = _checkers(case, rights)
    shared = _shared_with(case, rights)
    held: dict[int, list[HeldPost]] = {}
    for post in rights.posts:
        held.setdefault(post.user.pk, []).append(post)
    reasons: dict[int, list[str]] = {
        user.pk: [_("超级管理员，可见全部案件")] for user in rights.superusers
    }
    people = {user.pk: user for user in rights.superusers}
    for user_id, posts in held.items():
        people[user_id] = posts[0].user
        found = _by_posts(case, posts, units)
        stood_for = {post.on_behalf_of.pk for post in posts if post.on_behalf_of}
        if ({user_id} | stood_for) & checkers and _holds(posts, {"matters.check_case"}):
            found.append(_("被指名核查本案"))
        reasons.setdefault(user_id, []).extend(found)
    if case.opened_by_id is not None:
        reasons.setdefault(case.opened_by_id, []).append(_("登记了本案"))
    for pk in shared:
        reasons.setdefault(pk, []).append(_("本案单独共享给此人"))
    others = {pk for pk, why in reasons.items() if why} - set(people)
    people |= User.objects.filter(is_active=True).in_bulk(others)
    seers = [
        Seer(user=people[pk], posts=tuple(held.get(pk, ())), reasons=tuple(why))
        for pk, why in reasons.items()
        if why and pk in people
    ]
    return Seers(people=sorted(seers, key=_order), rights=rights)


def _order(seer: Seer) -> tuple[str, str, int]:
    unit = seer.posts[0].post.organization.path if seer.posts else ""
    return (unit, seer.user.name_pinyin, seer.user.pk)


def _by_posts(case: Case, posts: list[HeldPost], units: Iterable[str]) -> list[str]:
    """The reasons that lie in the posts of one person; rights of all posts count together."""
    found = []
    if _holds(posts, _AREA_WIDE):
        own = [p for p in posts if p.post.organization.tenant_id == case.tenant_id]
        here = [p for p in posts if any(case.area_path.startswith(a) for a in p.area_paths)]
        if own and here:
            found.append(_reason(_("责任区域内的全部案件"), posts, _AREA_WIDE, here))
    if _holds(posts, UNIT_WIDE):
        here = [
            p for p in posts if any(path.startswith(p.post.organization.path) for path in units)
        ]
        if here:
            found.append(_reason(_("交本单位或下级单位办理"), posts, UNIT_WIDE, here))
    return found


def _reason(why: str, posts: list[HeldPost], rights: frozenset[str], here: list[HeldPost]) -> str:
    held = frozenset().union(*(p.permissions for p in posts)) & rights
    by = _("岗位%(posts)s，权限%(rights)s") % {
        "posts": series(dict.fromkeys(_named(p) for p in here)),
        "rights": series(permission_names(held)),
    }
    return f"{why}{bracketed(by)}"


def _named(held: HeldPost) -> str:
    if held.on_behalf_of is None:
        return str(held.post)
    return f"{held.post}{bracketed(_('代%s') % held.on_behalf_of.full_name)}"


def _holds(posts: Iterable[HeldPost], rights: Iterable[str]) -> bool:
    wanted = frozenset(rights)
    return any(post.permissions & wanted for post in posts)


def _units(case: Case, rights: RightsThen) -> set[str]:
    """The paths of the units that were asked to work on the case until then."""
    asked = Task.objects.filter(case=case, created_at__lte=rights.moment)
    paths = set(asked.values_list("unit_path", flat=True))
    return paths | {case.unit_path} - {""} if rights.is_today else paths


def _checkers(case: Case, rights: RightsThen) -> set[int]:
    named = Task.objects.filter(
        case=case, kind=TaskKind.CHECK, person__isnull=False, created_at__lte=rights.moment
    )
    return {pk for pk in named.values_list("person_id", flat=True) if pk is not None}


def _shared_with(case: Case, rights: RightsThen) -> set[int]:
    """Today's shares, with what was shared or taken back since then undone."""
    kind = ContentType.objects.get_for_model(Case)
    shares = UserObjectPermission.objects.filter(
        content_type=kind, object_pk=str(case.pk), permission__codename="view_case"
    )
    found = set(shares.values_list("user_id", flat=True))
    later = AuditEntry.objects.filter(
        object_type=f"{kind.app_label}.{kind.model}",
        object_id=str(case.pk),
        action__in=_SHARED,
        at__gt=rights.moment,
    )
    for entry in later.order_by("-id"):
        if entry.data.get("may") == "view_case":
            change = found.discard if entry.action == "object.shared" else found.add
            change(entry.data["user_id"])
    return found
