"""What the posts may do."""

from collections.abc import Iterable

from django.contrib.auth.models import Permission
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts import permissions
from apps.accounts.errors import AdminRolesExclude
from apps.accounts.models import Appointment, Organization, Post, Role, User
from apps.accounts.reach import admin_reach, grantable_permissions, labels_of
from apps.accounts.selectors import permission_names
from apps.accounts.services.sensitive import (
    acts_for_system,
    checked_by,
    require_no_second_person,
    why_permissions,
    why_roles,
)
from apps.accounts.services.separation import ADMIN_PERMISSIONS, kinds_of, require_separate
from apps.audit.services import SYSTEM, Actor, record
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.common.phrases import series

# code, name, permissions. The names are looked up when seeded: what is not there is told.
ROLE_SEED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "acceptor",
        "受理员",
        (
            "matters.accept_case",
            "matters.reveal_reporter",
            "hotline.take_calls",
            "grid.report_events",
        ),
    ),
    (
        "dispatcher",
        "派单员",
        (
            "matters.dispatch_case",
            "matters.view_tenant_cases",
            "matters.manage_outside_results",
            "fieldwork.view_workers",
            "grid.report_events",
        ),
    ),
    (
        "department_staff",
        "承办人",
        (
            "matters.handle_case",
            "matters.fill_inventory",
        ),
    ),
    (
        "department_head",
        "承办单位负责人",
        (
            "matters.handle_case",
            "matters.head_case",
            "matters.fill_inventory",
            "hotline.file_exclusions",
            "personnel.lead_unit",
        ),
    ),
    ("personnel_clerk", "人事专员", ("personnel.manage_staff",)),
    ("personnel_approver", "人事审批员", ("personnel.approve_staff",)),
    (
        "callback_clerk",
        "回访员",
        (
            "matters.callback_case",
            "matters.view_tenant_cases",
            "matters.reveal_reporter",
        ),
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
            "grid.override_proof",
            "sensing.view_devices",
            "commanding.approve_commands",
        ),
    ),
    (
        "leader",
        "领导",
        (
            "matters.view_tenant_cases",
            "matters.instruct_case",
            "alarms.view_alarms",
            "accounts.approve_exports",
            "figures.view_figures",
            "hotline.view_statistics",
            "hotline.approve_rates",
            "hotline.rule_exclusions",
            "registry.view_files",
            "registry.break_glass",
            "sensing.view_devices",
            "governance.view_governance",
            "governance.view_situation",
            "governance.approve_assessments",
            "governance.approve_appraisal",
            "governance.rule_appeals",
            "governance.view_burden",
        ),
    ),
    (
        "grid_worker",
        "网格员",
        (
            "matters.view_area_cases",
            "matters.check_case",
            "assets.survey_asset",
            "fieldwork.do_fieldwork",
            "registry.collect_files",
            "registry.visit_enrolments",
            "grid.report_events",
            "governance.file_appeals",
            "phone.use_phone",
        ),
    ),
    (
        "grid_leader",
        "网格长",
        (
            "matters.view_area_cases",
            "fieldwork.view_workers",
            "fieldwork.lead_workers",
            "fieldwork.plan_patrols",
            "fieldwork.view_tracks",
            "governance.view_situation",
            "governance.file_appeals",
            "phone.read_kept",
            "sensing.view_devices",
        ),
    ),
    (
        "grid_keeper",
        "网格管理员",
        (
            "places.draw_cells",
            "grid.keep_classes",
            "assets.register_asset",
            "assets.survey_asset",
            "assets.rule_survey",
            "sensing.view_devices",
            "sensing.keep_devices",
        ),
    ),
    (
        "device_operator",
        "设备操作员",
        (
            "commanding.send_commands",
            "commanding.send_grave_commands",
            "sensing.view_devices",
        ),
    ),
    (
        "algorithm_keeper",
        "算法管理员",
        (
            "algorithms.view_algorithms",
            "algorithms.keep_algorithms",
            "algorithms.use_capabilities",
        ),
    ),
    (
        "analysis_keeper",
        "视频分析管理员",
        (
            "analysis.view_analysis",
            "analysis.keep_analysis",
            "analysis.judge_findings",
            "analysis.reveal_pictures",
            "algorithms.view_algorithms",
            "video.view_cameras",
        ),
    ),
    (
        "algorithm_publisher",
        "算法发布员",
        ("algorithms.view_algorithms", "algorithms.publish_algorithms"),
    ),
    ("alarm_operator", "告警值班员", ("alarms.view_alarms", "alarms.handle_alarms")),
    (
        "alarm_keeper",
        "告警管理员",
        (
            "alarms.view_alarms",
            "alarms.handle_alarms",
            "alarms.arrange_alarms",
            "alarms.edit_alarm_rules",
            "sensing.view_devices",
            "observing.keep_geofences",
        ),
    ),
    ("video_operator", "视频操作员", ("video.view_cameras", "video.play_cameras")),
    (
        "video_keeper",
        "视频档案管理员",
        ("video.view_cameras", "video.keep_cameras"),
    ),
    (
        "video_approver",
        "视频审核员",
        ("video.view_cameras", "video.play_cameras", "video.approve_cameras"),
    ),
    ("media_keeper", "执法视音频管理员", ("video.view_media", "video.keep_media")),
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
            "signon.manage_applications",
            "places.manage_areas",
            "assets.register_asset",
            "sensing.view_devices",
            "sensing.keep_devices",
            "sensing.keep_profiles",
            "commanding.keep_command_kinds",
            "clocks.edit_calendars",
            "rules.view_ruletable",
            "evidence.view_board",
            "geodata.allow_unshift",
        ),
    ),
    (
        "security_admin",
        "安全管理员",
        (
            "accounts.manage_roles",
            "accounts.unlock_users",
            "evidence.handle_alarms",
            "evidence.set_alarm_rules",
            "evidence.view_board",
            "evidence.keep_board",
            "evidence.rotate_key",
            "evidence.manage_witnesses",
        ),
    ),
    (
        "audit_admin",
        "审计管理员",
        (
            "audit.read_audit",
            "evidence.handle_alarms",
            "evidence.view_board",
        ),
    ),
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
        "map_keeper",
        "地图管理员",
        (
            "onemap.manage_layers",
            "onemap.export_tiles",
            "geodata.keep_datasets",
            "geodata.analyse",
        ),
    ),
    (
        "map_approver",
        "地图审核员",
        (
            "onemap.approve_sharing",
            "geodata.publish_datasets",
            "geodata.analyse",
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
        (
            "rules.view_ruletable",
            "rules.publish_rules",
            "matters.approve_listeners",
            "alarms.publish_alarm_rules",
        ),
    ),
    (
        "inspection_planner",
        "抽查计划员",
        (
            "inspection.view_register",
            "inspection.keep_register",
            "inspection.plan_draws",
            "inspection.draft_scale",
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
            "inspection.enforce_scale",
            "matters.view_tenant_cases",
        ),
    ),
    (
        "inspector",
        "执法检查人员",
        (
            "inspection.view_register",
            "inspection.record_results",
            "matters.handle_case",
        ),
    ),
    (
        "matter_author",
        "事项管理员",
        (
            "matters.view_mattertype",
            "matters.edit_matters",
            "rules.view_ruletable",
        ),
    ),
    (
        "matter_publisher",
        "事项发布员",
        (
            "matters.view_mattertype",
            "matters.publish_matters",
            "rules.view_ruletable",
        ),
    ),
    (
        "mediator",
        "调解员",
        (
            "matters.handle_case",
            "governance.mediate_disputes",
            "governance.reveal_parties",
        ),
    ),
    (
        "governance_clerk",
        "综治专员",
        (
            "matters.handle_case",
            "matters.view_area_cases",
            "governance.view_governance",
            "governance.keep_centres",
            "governance.mediate_disputes",
            "governance.reveal_parties",
            "governance.keep_assessments",
            "governance.view_situation",
            "governance.draft_appraisal",
            "governance.view_burden",
            "governance.keep_reasons",
        ),
    ),
    (
        "registry_keeper",
        "采集管理员",
        (
            "registry.view_files",
            "registry.keep_files",
            "registry.reveal_files",
            "registry.export_files",
            "registry.share_files",
            "registry.define_files",
            "registry.view_enrolments",
            "registry.keep_enrolments",
            "registry.visit_enrolments",
        ),
    ),
    (
        "resident_clerk",
        "公众账户管理员",
        (
            "residents.view_accounts",
            "residents.manage_accounts",
        ),
    ),
)


@transaction.atomic
def set_roles(actor: Actor, *, post: Post, roles: Iterable[Role]) -> Post:
    """Will make these the roles of a post. Locks the post, then the people who hold it.

    Counts at those people's next request.

    Raises: SecondPersonNeeded (a role it did not have carries a sensitive right);
        NotAllowed (no right over roles in this unit, or one's own post, or more than the
        actor may hand out); AdminRolesExclude (somebody on the post would become two of the
        three).
    """
    locked, wanted = _lock_post(post), list(roles)
    _require_right_over(actor, locked)
    if not acts_for_system(actor):
        require_no_second_person(why_roles(added_roles(locked, wanted)))
    return put_roles_on_post(actor, post=post, roles=wanted)


@transaction.atomic
def put_roles_on_post(
    actor: Actor, *, post: Post, roles: Iterable[Role], checker: User | None = None
) -> Post:
    """Will do what ``set_roles`` does once nobody else need agree; for approved changes.

    checker: who agreed, for the log. Raises: as ``set_roles``, but for SecondPersonNeeded.
    """
    locked, wanted = _lock_post(post), list(roles)
    _require_right_over(actor, locked)
    _require_grantable(actor, [locked.organization], labels_of(added_roles(locked, wanted)))
    holders = _lock_holders(Post.objects.filter(pk=locked.pk))
    if any(holder.pk == actor.pk for holder in holders):
        raise NotAllowed(_("不能给自己所任岗位授权。"))
    before = sorted(locked.roles.values_list("code", flat=True))
    locked.roles.set(wanted)
    require_separate([locked], person=str(locked))
    _require_all_separate(holders)
    after = sorted(locked.roles.values_list("code", flat=True))
    record(
        actor,
        "post.roles_set",
        object_type="accounts.post",
        object_id=locked.pk,
        object_label=str(locked),
        data={"before": before, "after": after} | checked_by(checker),
    )
    return locked


@transaction.atomic
def set_role_permissions(actor: Actor, *, role: Role, permissions_held: Iterable[str]) -> Role:
    """Will make these the permissions of a role, "app.codename" each.

    A role is shared by all bodies: who changes it must administer the roles of every unit
    that uses it. Locks the role, then the people who hold it.

    Raises: SecondPersonNeeded (a sensitive right is added); NotAllowed; InvalidInput (a
        permission nobody knows); AdminRolesExclude.
    """
    locked, wanted = Role.objects.select_for_update().get(pk=role.pk), set(permissions_held)
    _require_all_units(actor, locked)
    if not acts_for_system(actor):
        require_no_second_person(why_permissions(wanted - labels_of([locked])))
    return put_permissions_on_role(actor, role=role, permissions_held=wanted)


@transaction.atomic
def put_permissions_on_role(
    actor: Actor, *, role: Role, permissions_held: Iterable[str], checker: User | None = None
) -> Role:
    """Will do what ``set_role_permissions`` does once nobody else need agree.

    checker: who agreed, for the log. Raises: as there, but for SecondPersonNeeded.
    """
    locked = Role.objects.select_for_update().get(pk=role.pk)
    wanted, before = set(permissions_held), labels_of([locked])
    units = _require_all_units(actor, locked)
    if len(kinds_of(wanted)) > 1:
        raise AdminRolesExclude(_("一个角色不能兼有三员中两员的权限。"), field="permissions")
    found, missing = find_permissions(wanted)
    if missing:
        raise InvalidInput(
            _("没有这些权限:%(names)s。") % {"names": series(missing)}, field="permissions"
        )
    _require_grantable(actor, units, wanted - before)
    holders = _lock_holders(Post.objects.filter(roles=locked))
    locked.permissions.set(found)
    _require_all_separate(holders)
    record(
        actor,
        "role.permissions_set",
        object_type="accounts.role",
        object_id=locked.pk,
        object_label=locked.name,
        data={"added": sorted(wanted - before), "removed": sorted(before - wanted)}
        | checked_by(checker),
    )
    return locked


def added_roles(post: Post, roles: Iterable[Role]) -> list[Role]:
    """Will give those of these roles the post does not carry yet."""
    held = set(post.roles.values_list("pk", flat=True))
    return [role for role in roles if role.pk not in held]


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
        found, unknown = find_permissions(labels)
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


def find_permissions(labels: Iterable[str]) -> tuple[list[Permission], list[str]]:
    """Will give the permissions of these labels that exist here, and the labels of the others."""
    wanted = set(labels)
    known = {
        f"{p.content_type.app_label}.{p.codename}": p
        for p in Permission.objects.filter(
            codename__in=[label.partition(".")[2] for label in wanted]
        ).select_related("content_type")
    }
    found = [known[label] for label in sorted(wanted) if label in known]
    return found, sorted(wanted - known.keys())


def _lock_post(post: Post) -> Post:
    return (
        Post.objects.select_for_update(of=("self",))
        .select_related("organization__tenant")
        .get(pk=post.pk)
    )


def _require_right_over(actor: Actor, post: Post) -> None:
    if not permissions.can_grant_in(actor, post.organization):
        raise NotAllowed(_("您没有给该单位岗位授权的权限。"))


def _require_all_units(actor: Actor, role: Role) -> list[Organization]:
    """Every unit that uses the role must be one whose roles the actor administers."""
    units = list(Organization.objects.filter(posts__roles=role).select_related("tenant").distinct())
    if not isinstance(actor, User):
        if not permissions.can_manage_roles(actor, None):
            raise NotAllowed(_("您没有管理角色的权限。"))
        return units
    reach = admin_reach(actor, "accounts.manage_roles")
    if not reach.is_anywhere or not all(reach.covers(unit) for unit in units):
        raise NotAllowed(_("该角色由其他单位共用,您不能修改其权限。"))
    return units


def _require_grantable(
    actor: Actor, organizations: Iterable[Organization], labels: set[str]
) -> None:
    """Nobody hands out more than they hold or administer. Source: AC-06."""
    if not isinstance(actor, User):
        return
    most = grantable_permissions(actor, organizations)
    if most is None:
        return
    if beyond := labels - most:
        raise NotAllowed(
            _("超出您可授予的范围：%(names)s。须由上级安全管理员授予。")
            % {"names": series(permission_names(beyond))}
        )


def _still_to_come() -> QuerySet[Appointment]:
    return Appointment.objects.exclude(to_on__lt=clock.today())


def _lock_holders(posts: QuerySet[Post]) -> list[User]:
    ids = _still_to_come().filter(post__in=posts).values_list("user_id", flat=True)
    return list(User.objects.filter(pk__in=set(ids)).order_by("pk").select_for_update())


def _require_all_separate(holders: list[User]) -> None:
    for holder in holders:
        posts = Post.objects.filter(appointments__in=_still_to_come().filter(user=holder))
        require_separate(posts, person=holder.full_name)
