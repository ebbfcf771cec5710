"""What the posts may do."""

from collections.abc import Iterable

from django.contrib.auth.models import Permission
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts import permissions
from apps.accounts.errors import AdminRolesExclude
from apps.accounts.models import Appointment, Post, Role, User
from apps.accounts.selectors import scope_for
from apps.accounts.services.separation import ADMIN_PERMISSIONS, kinds_of, require_separate
from apps.audit.services import SYSTEM, Actor, record
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed

# code, name, permissions. The names are looked up when seeded: what is not there is told.
ROLE_SEED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "acceptor",
        "受理员",
        ("matters.accept_case", "matters.reveal_reporter", "hotline.take_calls"),
    ),
    (
        "dispatcher",
        "派单员",
        (
            "matters.dispatch_case",
            "matters.view_tenant_cases",
            "matters.manage_outside_results",
        ),
    ),
    ("department_staff", "承办人", ("matters.handle_case", "matters.fill_inventory")),
    (
        "department_head",
        "承办单位负责人",
        (
            "matters.handle_case",
            "matters.head_case",
            "matters.fill_inventory",
            "hotline.file_exclusions",
        ),
    ),
    (
        "callback_clerk",
        "回访员",
        ("matters.callback_case", "matters.view_tenant_cases", "matters.reveal_reporter"),
    ),
    (
        "supervisor",
        "督查员",
        (
            "matters.supervise_case",
            "matters.view_tenant_cases",
            "matters.export_cases",
            "matters.reveal_reporter",
            "figures.view_figures",
            "hotline.view_statistics",
            "hotline.draft_rates",
            "hotline.rule_exclusions",
        ),
    ),
    (
        "leader",
        "领导",
        (
            "matters.view_tenant_cases",
            "matters.instruct_case",
            "figures.view_figures",
            "hotline.view_statistics",
            "hotline.approve_rates",
            "hotline.rule_exclusions",
        ),
    ),
    ("grid_worker", "网格员", ("matters.view_area_cases", "matters.check_case")),
    ("knowledge_editor", "知识管理员", ("hotline.edit_knowledge",)),
    ("knowledge_approver", "知识审核员", ("hotline.approve_knowledge",)),
    (
        "system_admin",
        "系统管理员",
        (
            "accounts.manage_people",
            "common.manage_outbox",
            "common.manage_dictionaries",
            "gateway.manage_clients",
            "gateway.manage_connectors",
            "places.manage_areas",
            "assets.register_asset",
            "clocks.edit_calendars",
            "rules.view_ruletable",
        ),
    ),
    ("security_admin", "安全管理员", ("accounts.manage_roles", "accounts.unlock_users")),
    ("audit_admin", "审计管理员", ("audit.read_audit",)),
    (
        "window_clerk",
        "窗口人员",
        (
            "guides.file_application",
            "guides.hand_out_results",
            "matters.view_tenant_cases",
            "matters.reveal_reporter",
        ),
    ),
    ("guide_editor", "指南编制员", ("guides.edit_plan",)),
    (
        "guide_publisher",
        "指南发布员",
        (
            "guides.publish_guide",
            "guides.switch_instant",
            "guides.review_instant",
            "matters.view_tenant_cases",
        ),
    ),
    (
        "rule_author",
        "规则编制员",
        (
            "rules.view_ruletable",
            "rules.edit_rules",
            "matters.edit_listeners",
            "matters.edit_responsibilities",
        ),
    ),
    (
        "rule_publisher",
        "规则发布员",
        ("rules.view_ruletable", "rules.publish_rules", "matters.approve_listeners"),
    ),
    (
        "inspection_planner",
        "抽查计划员",
        (
            "inspection.view_register",
            "inspection.keep_register",
            "inspection.plan_draws",
            "matters.view_tenant_cases",
        ),
    ),
    (
        "inspection_runner",
        "抽查执行员",
        (
            "inspection.view_register",
            "inspection.run_draws",
            "inspection.publish_results",
            "matters.view_tenant_cases",
        ),
    ),
    (
        "inspector",
        "执法检查人员",
        ("inspection.view_register", "inspection.record_results", "matters.handle_case"),
    ),
    (
        "matter_author",
        "事项管理员",
        ("matters.view_mattertype", "matters.edit_matters", "rules.view_ruletable"),
    ),
    (
        "matter_publisher",
        "事项发布员",
        ("matters.view_mattertype", "matters.publish_matters", "rules.view_ruletable"),
    ),
)


@transaction.atomic
def set_roles(actor: Actor, *, post: Post, roles: Iterable[Role]) -> Post:
    """Will make these the roles of a post. Locks the post, then the people who hold it.

    Counts at those people's next request.

    Raises: NotAllowed (no right over roles in this tenant, or one's own post);
        AdminRolesExclude (somebody on the post would become two of the three).
    """
    locked = (
        Post.objects.select_for_update(of=("self",)).select_related("organization").get(pk=post.pk)
    )
    if not permissions.can_manage_roles(actor, locked.organization.tenant_id):
        raise NotAllowed(_("您没有给该单位岗位授权的权限。"))
    holders = _lock_holders(Post.objects.filter(pk=locked.pk))
    if any(holder.pk == actor.pk for holder in holders):
        raise NotAllowed(_("不能给自己所任岗位授权。"))
    before = sorted(locked.roles.values_list("code", flat=True))
    locked.roles.set(roles)
    require_separate([locked], person=str(locked))
    _require_all_separate(holders)
    record(
        actor,
        "post.roles_set",
        object_type="accounts.post",
        object_id=locked.pk,
        object_label=str(locked),
        data={"before": before, "after": sorted(locked.roles.values_list("code", flat=True))},
    )
    return locked


@transaction.atomic
def set_role_permissions(actor: Actor, *, role: Role, permissions_held: Iterable[str]) -> Role:
    """Will make these the permissions of a role, "app.codename" each.

    A role is shared by all bodies: who changes it must administer the roles of every body
    that uses it. Locks the role, then the people who hold it.

    Raises: NotAllowed; InvalidInput (a permission nobody knows); AdminRolesExclude.
    """
    locked = Role.objects.select_for_update().get(pk=role.pk)
    _require_all_tenants(actor, locked)
    wanted = set(permissions_held)
    if len(kinds_of(wanted)) > 1:
        raise AdminRolesExclude(_("一个角色不能兼有三员中两员的权限。"), field="permissions")
    found, missing = _find_permissions(wanted)
    if missing:
        raise InvalidInput(
            _("没有这些权限:%(names)s。") % {"names": "、".join(missing)}, field="permissions"
        )
    holders = _lock_holders(Post.objects.filter(roles=locked))
    before = _labels(locked)
    locked.permissions.set(found)
    _require_all_separate(holders)
    after = _labels(locked)
    record(
        actor,
        "role.permissions_set",
        object_type="accounts.role",
        object_id=locked.pk,
        object_label=locked.name,
        data={"added": sorted(after - before), "removed": sorted(before - after)},
    )
    return locked


@transaction.atomic
def seed_roles(actor: Actor = SYSTEM) -> list[str]:
    """Will make the standard roles and give the permissions that do not exist here.

    Run again it adds what is missing and takes nothing away: a city's own changes stay.
    """
    missing: list[str] = []
    for code, name, labels in ROLE_SEED:
        role, created = Role.objects.get_or_create(
            code=code, defaults={"name": name, "requires_second_factor": code in ADMIN_PERMISSIONS}
        )
        found, unknown = _find_permissions(labels)
        missing += unknown
        lacking = {p.pk for p in found} - set(role.permissions.values_list("pk", flat=True))
        role.permissions.add(*lacking)
        if created or lacking:
            record(
                actor,
                "role.seeded",
                object_type="accounts.role",
                object_id=role.pk,
                object_label=role.name,
            )
    return sorted(set(missing))


def _find_permissions(labels: Iterable[str]) -> tuple[list[Permission], list[str]]:
    wanted = set(labels)
    known = {
        f"{p.content_type.app_label}.{p.codename}": p
        for p in Permission.objects.filter(
            codename__in=[label.partition(".")[2] for label in wanted]
        ).select_related("content_type")
    }
    found = [known[label] for label in sorted(wanted) if label in known]
    return found, sorted(wanted - known.keys())


def _labels(role: Role) -> set[str]:
    held = role.permissions.values_list("content_type__app_label", "codename")
    return {f"{label}.{codename}" for label, codename in held}


def _require_all_tenants(actor: Actor, role: Role) -> None:
    if isinstance(actor, User):
        scope = scope_for(actor, "accounts.manage_roles")
        elsewhere = Post.objects.filter(roles=role).exclude(
            organization__tenant_id__in=scope.tenant_ids
        )
        if not scope.everything and (not scope.tenant_ids or elsewhere.exists()):
            raise NotAllowed(_("该角色由其他单位共用,您不能修改其权限。"))
    elif not permissions.can_manage_roles(actor, None):
        raise NotAllowed(_("您没有管理角色的权限。"))


def _still_to_come() -> QuerySet[Appointment]:
    return Appointment.objects.exclude(to_on__lt=clock.today())


def _lock_holders(posts: QuerySet[Post]) -> list[User]:
    ids = _still_to_come().filter(post__in=posts).values_list("user_id", flat=True)
    return list(User.objects.filter(pk__in=set(ids)).order_by("pk").select_for_update())


def _require_all_separate(holders: list[User]) -> None:
    for holder in holders:
        posts = Post.objects.filter(appointments__in=_still_to_come().filter(user=holder))
        require_separate(posts, person=holder.full_name)
