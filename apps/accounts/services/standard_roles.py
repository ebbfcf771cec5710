"""The roles every city begins with, and what they may do."""

from collections.abc import Iterable

from django.contrib.auth.models import Permission
from django.db import transaction

from apps.accounts.models import Role
from apps.accounts.services.equipment_roles import EQUIPMENT_ROLES
from apps.accounts.services.separation import ADMIN_PERMISSIONS
from apps.audit.services import SYSTEM, Actor, record

# code, name, permissions. The names are looked up when seeded: what is not there is told.
ROLE_SEED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "acceptor",
        "受理员",
        (
            "matters.accept_case",
            "matters.reveal_reporter",
            "hotline.take_calls",
            "messaging.answer_messages",
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
            "opinions.draft_papers",
            "products.view_products",
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
            "callbacks.file_disputes",
            "opinions.draft_papers",
            "opinions.publish_papers",
            "opinions.answer_ideas",
            "personnel.lead_unit",
            "products.view_products",
        ),
    ),
    ("channel_keeper", "渠道管理员", ("messaging.keep_channels",)),
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
        "callback_lead",
        "回访班长",
        (
            "callbacks.manage_pools",
            "callbacks.view_callbacks",
            "callbacks.draft_bulletins",
            "matters.callback_case",
            "matters.view_tenant_cases",
            "matters.reveal_reporter",
            "hotline.view_statistics",
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
            "nlp.see_alerts",
            "messaging.oversee_messages",
            "hotline.draft_rates",
            "hotline.rule_exclusions",
            "callbacks.view_callbacks",
            "callbacks.rule_disputes",
            "retention.view_retention",
            "retention.hold_cases",
            "opinions.view_papers",
            "opinions.moderate_ideas",
            "callcentre.view_wallboard",
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
            "alarms.approve_warnings",
            "accounts.approve_exports",
            "figures.view_figures",
            "hotline.view_statistics",
            "hotline.approve_rates",
            "hotline.rule_exclusions",
            "callbacks.view_callbacks",
            "callbacks.approve_bulletins",
            "retention.view_retention",
            "retention.agree_schedule",
            "opinions.view_papers",
            "registry.view_files",
            "registry.break_glass",
            "sensing.view_devices",
            "governance.view_governance",
            "governance.view_situation",
            "governance.approve_assessments",
            "governance.approve_appraisal",
            "governance.rule_appeals",
            "governance.view_burden",
            "products.view_products",
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
            "tagging.view_tags",
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
            "tagging.view_tags",
            "tagging.keep_tags",
        ),
    ),
    (
        "text_keeper",
        "文本模型管理员",
        ("nlp.keep_models", "hotline.ask_auto_dispatch"),
    ),
    (
        "text_releaser",
        "文本模型发布员",
        ("nlp.release_models", "hotline.agree_auto_dispatch"),
    ),
    ("knowledge_editor", "知识管理员", ("hotline.edit_knowledge", "callcentre.write_scripts")),
    (
        "shift_leader",
        "话务班长",
        (
            "callcentre.lead_agents",
            "callcentre.view_wallboard",
            "callcentre.approve_scripts",
            "hotline.play_recordings",
            "hotline.view_statistics",
        ),
    ),
    (
        "quality_inspector",
        "话务质检员",
        (
            "callcentre.inspect_calls",
            "callcentre.view_wallboard",
            "hotline.play_recordings",
            "matters.view_tenant_cases",
        ),
    ),
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
            "georeport.manage_services",
            "districts.manage_links",
            "districts.manage_peers",
            "signon.manage_applications",
            "assist.keep_assistants",
            "places.manage_areas",
            "assets.register_asset",
            "assets.define_classes",
            "sensing.view_devices",
            "sensing.keep_devices",
            "tagging.view_tags",
            "tagging.keep_tags",
            "sensing.keep_profiles",
            "commanding.keep_command_kinds",
            "clocks.edit_calendars",
            "nlp.edit_words",
            "rules.view_ruletable",
            "evidence.view_board",
            "geodata.allow_unshift",
            "upkeep.view_upkeep",
            "upkeep.keep_upkeep",
            "upkeep.approve_runbooks",
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
            "assist.approve_assistants",
            "retention.view_retention",
            "retention.draft_schedule",
        ),
    ),
    (
        "audit_admin",
        "审计管理员",
        (
            "audit.read_audit",
            "evidence.handle_alarms",
            "evidence.view_board",
            "retention.view_retention",
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
    *EQUIPMENT_ROLES,
)


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
