"""What stands in the side menu, in its order, and the rights that open each line."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.approvals.selectors import count_waiting
from apps.accounts.models import User
from apps.accounts.protected.selectors import READERS as RESOURCE_READERS
from apps.accounts.selectors import PEOPLE_PERMISSIONS
from apps.alarms.permissions import READERS as ALARM_VIEWERS
from apps.alarms.permissions import RULE_READERS as ALARM_RULES
from apps.appraisal.permissions import READERS as SEE_OPS_APPRAISAL
from apps.appraisal.permissions import STAFF_READERS as SEE_RATINGS
from apps.assist.permissions import READERS as SEE_ASSISTANTS
from apps.grid.permissions import READERS as GRID_READERS
from apps.journals.permissions import READERS as SEE_LINES
from apps.matters.permissions import TRACE_RIGHTS
from apps.messaging.permissions import READERS as SEE_MESSAGES
from apps.messaging.selectors import count_waiting as count_messages
from apps.monitoring.permissions import READERS as SEE_MONITORING
from apps.opinions.permissions import IDEA_READERS as SEE_IDEAS
from apps.opinions.permissions import PAPER_READERS as SEE_PAPERS
from apps.opinions.selectors import count_ideas_waiting
from apps.products.permissions import READERS as SEE_PRODUCTS
from apps.siting.permissions import READERS as SEE_SITING
from apps.voices.permissions import READERS as SEE_VOICES
from apps.voices.permissions import TOPIC_READERS as SEE_TOPICS


@dataclass(frozen=True)
class MenuItem:
    """One line of the menu.

    permissions: any of them opens it. is_open: everybody signed in; a line says one or the
    other, or the program does not start (AC-07). for_staff: only of those, who may enter the
    console. args: of the address.
    count: how many wait there for the viewer; a cheap read, asked on every page.
    """

    label: Promise | str
    icon: str
    url_name: str
    permissions: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    demo_only: bool = False
    count: Callable[[User], int] | None = None
    is_open: bool = False
    for_staff: bool = False

    def __post_init__(self) -> None:
        if self.is_open == bool(self.permissions):
            raise ValueError(f"{self.url_name}: a line of the menu names rights or is open to all")


@dataclass(frozen=True)
class MenuGroup:
    """A heading (may be empty) and its items."""

    label: Promise | str
    items: tuple[MenuItem, ...]


SEE_CASES = (
    "matters.view_tenant_cases",
    "matters.view_area_cases",
    "matters.accept_case",
    "matters.dispatch_case",
    "matters.handle_case",
    "matters.head_case",
    "matters.callback_case",
    "matters.supervise_case",
)

SEE_MATTERS = (
    "matters.view_mattertype",
    "matters.edit_matters",
    "matters.publish_matters",
)

WORK_GRID_DESK = ("matters.accept_case", "matters.dispatch_case", "matters.supervise_case")

SEE_ORDERS = (
    "ops.report_faults",
    "ops.view_orders",
    "ops.confirm_orders",
    "ops.repair_orders",
)

SEE_SUPERVISED = (
    "inspection.view_register",
    "inspection.keep_register",
    "inspection.plan_draws",
    "inspection.run_draws",
)

SEE_ASSETS = ("assets.register_asset", "assets.survey_asset", "assets.rule_survey")
SEE_DIAGNOSES = (
    "diagnosis.view_diagnosis",
    "diagnosis.run_diagnosis",
    "diagnosis.keep_thresholds",
)
#: Each opens some pages of the console; a test holds this against the pages.
OPEN_CONSOLE = (
    "assets.define_classes",
    "assets.register_asset",
    "clocks.edit_calendars",
    "common.manage_dictionaries",
    "common.manage_outbox",
    "gateway.manage_clients",
    "nlp.edit_words",
    "notices.manage_deliveries",
    "places.manage_areas",
)
SEE_DEVICES = ("sensing.view_devices", "sensing.keep_devices", "sensing.keep_profiles")
SEE_TAGS = ("tagging.view_tags", "tagging.keep_tags")
SEE_CAMERAS = (
    "video.view_cameras",
    "video.play_cameras",
    "video.keep_cameras",
    "video.approve_cameras",
)
SEE_MEDIA = ("video.view_media", "video.keep_media")
SEE_ANALYSIS = (
    "analysis.view_analysis",
    "analysis.keep_analysis",
    "analysis.judge_findings",
    "analysis.reveal_pictures",
)
SEE_ALGORITHMS = (
    "algorithms.view_algorithms",
    "algorithms.keep_algorithms",
    "algorithms.publish_algorithms",
    "algorithms.use_capabilities",
)
SEE_WORKERS = (
    "fieldwork.view_workers",
    "fieldwork.lead_workers",
    "fieldwork.plan_patrols",
)
SEE_DISPUTES = ("governance.view_governance", "governance.mediate_disputes")
SEE_APPRAISAL = (
    "governance.view_situation",
    "governance.draft_appraisal",
    "governance.approve_appraisal",
    "governance.file_appeals",
    "governance.rule_appeals",
)
SEE_RISKS = (
    "governance.keep_assessments",
    "governance.approve_assessments",
    "governance.view_governance",
)
ARRANGE_STAFF = ("personnel.manage_staff", "personnel.approve_staff", "personnel.lead_unit")
SEE_UPKEEP = ("upkeep.view_upkeep", "upkeep.keep_upkeep")
SEE_RETENTION = (
    "retention.view_retention",
    "retention.draft_schedule",
    "retention.agree_schedule",
    "retention.hold_cases",
)
SEE_RESIDENTS = ("residents.view_accounts", "residents.manage_accounts")

SEE_FILES = ("registry.view_files", "registry.collect_files", "registry.keep_files")
SEE_CARE = (
    "registry.view_enrolments",
    "registry.visit_enrolments",
    "registry.keep_enrolments",
    "registry.break_glass",
)

# Who files or checks what two people decide.
CHECK_CHANGES = (
    "accounts.manage_people",
    "accounts.manage_roles",
    "accounts.approve_exports",
    "commanding.approve_commands",
    "commanding.send_grave_commands",
    "matters.export_cases",
    "registry.export_files",
    "residents.manage_accounts",
    "audit.read_audit",
)

MENU = (
    MenuGroup(
        "",
        (
            MenuItem(_("首页"), "home", "portal:home", is_open=True),
            MenuItem(_("我的应用"), "layout-grid", "signon:tiles", is_open=True),
            MenuItem(_("全站检索"), "search", "portal:search", is_open=True),
        ),
    ),
    MenuGroup(
        _("地图"),
        (
            MenuItem(_("一张图"), "map-2", "onemap:map", is_open=True),
            MenuItem(_("地图与区划"), "map", "places:area-list", is_open=True),
            MenuItem(_("地名地址"), "map-search", "places:gazetteer-search", is_open=True),
            MenuItem(_("地图数据"), "database", "geodata:dataset-list", is_open=True),
            MenuItem(_("图层共享"), "share", "sharing:request-list", is_open=True),
            MenuItem(_("空间数据服务"), "world", "ogc:landing", ("gateway.manage_clients",)),
            MenuItem(
                _("离线瓦片包"), "download", "map-tiles:export-list", ("onemap.export_tiles",)
            ),
        ),
    ),
    MenuGroup(
        _("办理"),
        (
            MenuItem(_("来电受理"), "phone-incoming", "hotline:desk", ("hotline.take_calls",)),
            MenuItem(_("话务看板"), "headset", "callcentre:board", ("callcentre.view_wallboard",)),
            MenuItem(
                _("话务质检"),
                "checklist",
                "callcentre:inspections",
                ("callcentre.inspect_calls", "callcentre.lead_agents", "hotline.take_calls"),
            ),
            MenuItem(
                _("话务排班"),
                "calendar",
                "callcentre:roster",
                ("callcentre.lead_agents", "hotline.take_calls"),
            ),
            MenuItem(
                _("话术"),
                "message",
                "callcentre:scripts",
                ("callcentre.write_scripts", "callcentre.approve_scripts"),
            ),
            MenuItem(
                _("市民消息"), "messages", "messaging:inbox", SEE_MESSAGES, count=count_messages
            ),
            MenuItem(
                _("登记案件"), "clipboard-list", "matters:matter-choose", ("matters.accept_case",)
            ),
            MenuItem(
                _("受理队列"), "inbox", "matters:queue", ("matters.accept_case",), ("intake",)
            ),
            MenuItem(
                _("派单队列"), "send", "matters:queue", ("matters.dispatch_case",), ("routing",)
            ),
            MenuItem(
                _("承办队列"),
                "list-check",
                "matters:queue",
                ("matters.handle_case", "matters.head_case"),
                ("unit",),
            ),
            MenuItem(
                _("协办会签"), "users-group", "matters:queue", ("matters.handle_case",), ("tasks",)
            ),
            MenuItem(
                _("反馈审核"),
                "clipboard-check",
                "matters:queue",
                ("matters.head_case",),
                ("review",),
            ),
            MenuItem(
                _("现场核查"), "map-pin", "matters:queue", ("matters.check_case",), ("check",)
            ),
            MenuItem(
                _("回访队列"),
                "phone-outgoing",
                "matters:queue",
                ("matters.callback_case",),
                ("callback",),
            ),
            MenuItem(
                _("回访中心"),
                "phone-call",
                "callbacks:board",
                ("matters.callback_case", "callbacks.manage_pools", "callbacks.view_callbacks"),
            ),
            MenuItem(
                _("回访结果"), "phone-check", "callbacks:result-list", ("callbacks.file_disputes",)
            ),
            MenuItem(
                _("回访异议"),
                "message-report",
                "callbacks:dispute-list",
                ("callbacks.rule_disputes",),
            ),
            MenuItem(
                _("监督看板"),
                "eye",
                "matters:board",
                ("matters.supervise_case", "matters.view_tenant_cases"),
            ),
            MenuItem(
                _("督办"), "flag", "matters:queue", ("matters.supervise_case",), ("oversight",)
            ),
            MenuItem(
                _("外部结果"),
                "transfer",
                "matters:outside-results",
                ("matters.manage_outside_results",),
            ),
            MenuItem(
                _("申报"),
                "file-text",
                "guides:office-applications",
                ("guides.file_application", "guides.review_instant"),
            ),
            MenuItem(
                _("挂账问题库"), "archive", "matters:queue", ("matters.supervise_case",), ("pool",)
            ),
            MenuItem(_("退单分析"), "transfer", "matters:returns", ("matters.supervise_case",)),
        ),
    ),
    MenuGroup(
        _("网格"),
        (
            MenuItem(
                _("网格态势"),
                "grid-dots",
                "governance:situation",
                ("governance.view_situation",),
            ),
            MenuItem(_("网格员手机端"), "device-mobile", "phone:today", ("phone.use_phone",)),
            MenuItem(_("上报网格事件"), "plus", "grid:report", ("grid.report_events",)),
            MenuItem(_("网格事件"), "map-pin", "grid:event-list", GRID_READERS),
            MenuItem(_("值班调度"), "send", "grid:desk", WORK_GRID_DESK),
            MenuItem(
                _("我的核实核查"), "clipboard-check", "grid:look-list", ("matters.check_case",)
            ),
            MenuItem(_("我的巡查"), "walk", "fieldwork:mine", ("fieldwork.do_fieldwork",)),
            MenuItem(_("在岗网格员"), "map-pin", "fieldwork:on-duty", SEE_WORKERS),
            MenuItem(_("网格员"), "users", "fieldwork:worker-list", SEE_WORKERS),
            MenuItem(_("排班与请假"), "calendar", "fieldwork:roster", SEE_WORKERS),
            MenuItem(_("巡查"), "route", "fieldwork:patrol-board", SEE_WORKERS),
            MenuItem(_("手机端留存"), "archive", "phone:kept-list", ("phone.read_kept",)),
            MenuItem(
                _("网格事件评价"),
                "chart-bar",
                "grid:evaluation",
                ("matters.view_tenant_cases",),
            ),
            MenuItem(_("网格考核"), "trophy", "governance:ranking", SEE_APPRAISAL),
            MenuItem(
                _("部件事件分类"),
                "list-details",
                "grid:class-list",
                ("grid.keep_classes", "matters.supervise_case", "matters.dispatch_case"),
            ),
            MenuItem(_("网格标准与核对"), "grid-dots", "places:cell-standard", is_open=True),
            MenuItem(_("部件台账"), "box", "assets:asset-list", SEE_ASSETS),
        ),
    ),
    MenuGroup(
        _("感知与告警"),
        (
            MenuItem(_("感知设备"), "radar", "sensing:device-list", SEE_DEVICES),
            MenuItem(_("对比曲线"), "chart-line", "observing:compare", SEE_DEVICES),
            MenuItem(_("监测量分布"), "map", "observing:surface", SEE_DEVICES),
            MenuItem(_("设备运行率"), "chart-bar", "observing:rates", SEE_DEVICES),
            MenuItem(_("电子围栏"), "polygon", "observing:fence-list", SEE_DEVICES),
            MenuItem(_("标签通行"), "tag", "tagging:passage-list", SEE_TAGS),
            MenuItem(_("点位规划"), "target", "siting:plan-list", SEE_SITING),
            MenuItem(_("数据产品"), "package", "products:product-list", SEE_PRODUCTS),
            MenuItem(_("设备链路"), "link", "polling:link-list", SEE_DEVICES),
            MenuItem(_("设备命令"), "send", "commanding:command-list", SEE_DEVICES),
            MenuItem(_("告警中心"), "alarm", "alarms:alarm-list", ALARM_VIEWERS),
            MenuItem(_("阈值规则"), "adjustments-horizontal", "alarms:rule-list", ALARM_RULES),
        ),
    ),
    MenuGroup(
        _("视频"),
        (
            MenuItem(_("摄像机"), "camera", "video:camera-list", SEE_CAMERAS),
            MenuItem(_("视频质量诊断"), "eye-check", "diagnosis:wall", SEE_DIAGNOSES),
            MenuItem(_("视频分析"), "focus-centered", "analysis:job-list", SEE_ANALYSIS),
            MenuItem(_("算法仓库"), "package", "algorithms:algorithm-list", SEE_ALGORITHMS),
            MenuItem(_("卡口"), "road", "video:gate-list", SEE_CAMERAS),
            MenuItem(_("执法视音频"), "video", "video:media-list", SEE_MEDIA),
        ),
    ),
    MenuGroup(
        _("运维"),
        (
            MenuItem(_("运维总览"), "activity", "monitoring:home", SEE_MONITORING),
            MenuItem(_("一键运维"), "clipboard-check", "monitoring:run-list", SEE_MONITORING),
            MenuItem(_("运行日志"), "list", "journals:line-list", SEE_LINES),
            MenuItem(_("运维工单"), "tool", "ops:order-list", SEE_ORDERS),
            MenuItem(_("上报故障"), "plus", "ops:report", ("ops.report_faults",)),
            MenuItem(_("保养日历"), "calendar", "ops:calendar", ("ops.confirm_orders",)),
            MenuItem(_("维保合同"), "file-text", "ops:contract-list", ("ops.keep_contracts",)),
            MenuItem(_("运维考核"), "trophy", "appraisal:ranking", SEE_OPS_APPRAISAL),
            MenuItem(_("人员与岗位评定"), "users", "appraisal:staff-list", SEE_RATINGS),
            MenuItem(_("运维统计"), "chart-bar", "appraisal:statistics", SEE_OPS_APPRAISAL),
            MenuItem(_("平台维护"), "database", "upkeep:status", SEE_UPKEEP),
        ),
    ),
    MenuGroup(
        _("治理"),
        (
            MenuItem(_("人房企场物档案"), "id", "registry:file-list", SEE_FILES),
            MenuItem(_("重点人员"), "shield", "registry:care-list", SEE_CARE),
            MenuItem(_("采集任务"), "clipboard-text", "registry:task-list", SEE_FILES),
            MenuItem(_("五类对象统计"), "chart-pie", "registry:figures", SEE_FILES),
            MenuItem(_("数据分发"), "share", "registry:share-list", ("registry.share_files",)),
            MenuItem(_("矛盾纠纷"), "heart-handshake", "governance:dispute-list", SEE_DISPUTES),
            MenuItem(_("综治中心"), "building", "governance:centre-list", SEE_DISPUTES),
            MenuItem(_("重大决策评估"), "scale", "governance:assessment-list", SEE_RISKS),
            MenuItem(_("基层负担"), "gauge", "governance:burden", ("governance.view_burden",)),
        ),
    ),
    MenuGroup(
        _("监管"),
        (
            MenuItem(_("监管对象"), "building", "inspection:object-list", SEE_SUPERVISED),
            MenuItem(_("信用评分表"), "scale", "inspection:scale", SEE_SUPERVISED),
            MenuItem(_("检查人员"), "id-badge-2", "inspection:inspector-list", SEE_SUPERVISED),
            MenuItem(_("双随机抽查"), "target", "inspection:plan-list", SEE_SUPERVISED),
        ),
    ),
    MenuGroup(
        _("参考与公开"),
        (
            MenuItem(_("知识库"), "book", "hotline:knowledge-list", is_open=True),
            MenuItem(_("诉求群组"), "messages", "voices:group-list", SEE_VOICES),
            MenuItem(_("诉求热点"), "flame", "voices:spot-list", SEE_VOICES),
            MenuItem(_("诉求专题"), "news", "voices:topic-list", SEE_TOPICS),
            MenuItem(_("意见征集"), "speakerphone", "opinions:collection-list", SEE_PAPERS),
            MenuItem(_("问卷调查"), "clipboard-list", "opinions:survey-list", SEE_PAPERS),
            MenuItem(
                _("市民创意"), "bulb", "opinions:idea-list", SEE_IDEAS, count=count_ideas_waiting
            ),
            MenuItem(
                _("热线月报"),
                "news",
                "callbacks:bulletin-list",
                (
                    "callbacks.draft_bulletins",
                    "callbacks.approve_bulletins",
                    "callbacks.view_callbacks",
                ),
            ),
            MenuItem(_("热线统计"), "phone", "hotline:statistics", ("hotline.view_statistics",)),
            MenuItem(_("办件统计"), "chart-bar", "figures:statistics", ("figures.view_figures",)),
            MenuItem(_("需求预测"), "chart-line", "figures:forecast", ("figures.view_figures",)),
            MenuItem(
                _("三率考核"),
                "target",
                "hotline:rates",
                ("hotline.view_statistics", "hotline.draft_rates", "hotline.approve_rates"),
            ),
            MenuItem(
                _("剔除申请"),
                "filter-off",
                "hotline:exclusions",
                ("hotline.file_exclusions", "hotline.rule_exclusions"),
            ),
            MenuItem(_("警示诉求"), "alert-triangle", "hotline:alerts", ("nlp.see_alerts",)),
            MenuItem(
                _("文本模型"),
                "target",
                "hotline:learning",
                ("nlp.keep_models", "nlp.release_models"),
            ),
            MenuItem(
                _("自动派单"),
                "bolt",
                "hotline:auto-dispatch",
                ("hotline.ask_auto_dispatch", "hotline.agree_auto_dispatch"),
            ),
            MenuItem(_("办事指南"), "file-text", "guides:home", is_open=True),
            MenuItem(_("公开结果"), "speakerphone", "citizen:results", is_open=True),
            MenuItem(_("检查公示"), "shield-check", "inspection:public", is_open=True),
        ),
    ),
    MenuGroup(
        _("配置"),
        (
            MenuItem(_("事项中心"), "sitemap", "studio:matter-list", SEE_MATTERS),
            MenuItem(
                _("事项监听"),
                "bell-ringing",
                "matters:listener-list",
                (
                    "matters.edit_listeners",
                    "matters.approve_listeners",
                    "matters.supervise_case",
                ),
            ),
            MenuItem(_("办事指南发布"), "book", "guides:office-guides", ("guides.publish_guide",)),
            MenuItem(
                _("情形引导"),
                "sitemap",
                "guides:plan-list",
                ("guides.edit_plan", "guides.publish_guide"),
                ("questions",),
            ),
            MenuItem(
                _("一件事"),
                "link",
                "guides:plan-list",
                ("guides.edit_plan", "guides.publish_guide"),
                ("joint",),
            ),
            MenuItem(_("即时审批"), "bolt", "guides:instant", ("guides.review_instant",)),
            MenuItem(
                _("事项清单"),
                "clipboard-list",
                "studio:item-list",
                ("matters.fill_inventory", *SEE_MATTERS),
            ),
            MenuItem(_("规则"), "scale", "rules:table-list", ("rules.view_ruletable",)),
            MenuItem(
                _("权责清单"),
                "list-details",
                "matters:responsibility-list",
                (
                    "matters.edit_responsibilities",
                    "matters.dispatch_case",
                    "matters.supervise_case",
                ),
            ),
            MenuItem(_("字典"), "book", "common:dictionary-list", ("common.manage_dictionaries",)),
            MenuItem(_("工作日历"), "calendar", "clocks:calendar-list", ("clocks.edit_calendars",)),
            MenuItem(
                _("管理台"), "adjustments-horizontal", "admin:index", OPEN_CONSOLE, for_staff=True
            ),
            MenuItem(_("人员组织"), "users", "accounts:person-list", PEOPLE_PERMISSIONS),
            MenuItem(_("人事异动"), "user-check", "personnel:home", ARRANGE_STAFF),
            MenuItem(_("公众账户"), "user-circle", "residents:account-list", SEE_RESIDENTS),
            MenuItem(
                _("双人复核"),
                "checks",
                "accounts:approval-list",
                CHECK_CHANGES,
                count=count_waiting,
            ),
            MenuItem(_("智能辅助"), "microphone", "assist:assistant-list", SEE_ASSISTANTS),
            MenuItem(_("审计"), "shield", "audit:entry-list", ("audit.read_audit",)),
            MenuItem(_("谁能看到"), "eye", "matters:case-viewers", TRACE_RIGHTS),
            MenuItem(_("个人信息保存期限"), "hourglass", "retention:schedule-list", SEE_RETENTION),
            MenuItem(
                _("电子印章"),
                "rubber-stamp",
                "seals:seal-list",
                (
                    "seals.view_seals",
                    "seals.apply_seals",
                    "seals.approve_seals",
                    "seals.keep_seals",
                    "seals.use_seals",
                ),
            ),
            MenuItem(_("存证与核验"), "shield-check", "evidence:overview", ("audit.read_audit",)),
            MenuItem(
                _("安全告警"), "bell-ringing", "evidence:alarm-list", ("evidence.handle_alarms",)
            ),
            MenuItem(_("等保合规看板"), "checklist", "evidence:board", ("evidence.view_board",)),
            MenuItem(
                _("对接系统"),
                "plug",
                "connectors:connector-list",
                ("gateway.manage_connectors",),
            ),
            MenuItem(_("接口客户端"), "key", "clients:client-list", ("gateway.manage_clients",)),
            MenuItem(
                _("开放报告接口"),
                "world",
                "georeport:service-list",
                ("georeport.manage_services",),
            ),
            MenuItem(
                _("市区汇聚"),
                "transfer",
                "districts:overview",
                ("districts.manage_links", "districts.manage_peers"),
            ),
            MenuItem(_("调用记录"), "history", "clients:call-list", ("gateway.manage_clients",)),
            MenuItem(
                _("服务目录"),
                "stack-2",
                "services:service-list",
                ("gateway.manage_clients", "gateway.manage_connectors"),
            ),
            MenuItem(_("受保护资源"), "lock", "resources:resource-list", RESOURCE_READERS),
            MenuItem(_("开发者"), "code", "gateway:developers", ("gateway.manage_clients",)),
            MenuItem(
                _("接入应用"),
                "login",
                "signon:application-list",
                ("signon.manage_applications",),
            ),
            MenuItem(_("演示城市"), "test-pipe", "demo:index", demo_only=True, is_open=True),
        ),
    ),
)
