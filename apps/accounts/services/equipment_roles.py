"""Standard roles around equipment: devices, cameras, alarms, its upkeep and appraisal, seals.

Code, name, permissions, like the rest in ``standard_roles``.
"""

EQUIPMENT_ROLES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("seal_applicant", "印章申请人", ("seals.apply_seals", "seals.view_seals")),
    ("seal_approver", "印章审批人", ("seals.approve_seals", "seals.view_seals")),
    ("seal_keeper", "印章管理员", ("seals.keep_seals", "seals.view_seals")),
    ("seal_user", "用印人", ("seals.use_seals",)),
    ("siting_planner", "点位规划员", ("siting.plan_points", "siting.view_plans")),
    ("siting_approver", "点位规划审批人", ("siting.approve_plans", "siting.view_plans")),
    ("product_keeper", "数据产品管理员", ("products.keep_products", "products.view_products")),
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
    (
        "picture_checker",
        "视频质检员",
        (
            "diagnosis.view_diagnosis",
            "diagnosis.run_diagnosis",
            "diagnosis.keep_thresholds",
            "alarms.view_alarms",
        ),
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
            "alarms.issue_warnings",
            "sensing.view_devices",
            "observing.keep_geofences",
            "tagging.view_tags",
        ),
    ),
    ("runbook_keeper", "运维手册编写员", ("upkeep.write_runbooks", "upkeep.view_upkeep")),
    ("ops_reporter", "故障上报员", ("ops.report_faults",)),
    (
        "ops_manager",
        "运维管理员",
        (
            "ops.confirm_orders",
            "ops.report_faults",
            "ops.view_orders",
            "ops.keep_contracts",
            "alarms.view_alarms",
            "alarms.handle_alarms",
            "assets.register_asset",
            "sensing.view_devices",
            "tagging.view_tags",
        ),
    ),
    (
        "maintainer",
        "维修人员",
        ("ops.repair_orders", "ops.report_faults", "matters.handle_case", "phone.use_phone"),
    ),
    (
        "vendor_maintainer",
        "维保单位人员",
        ("ops.repair_orders", "matters.handle_case", "phone.use_phone"),
    ),
    (
        "monitor_watcher",
        "运行监控员",
        (
            "monitoring.view_monitoring",
            "monitoring.run_checks",
            "alarms.view_alarms",
            "alarms.handle_alarms",
            "journals.view_lines",
        ),
    ),
    (
        "monitor_keeper",
        "监控管理员",
        (
            "monitoring.keep_targets",
            "monitoring.view_monitoring",
            "monitoring.run_checks",
            "alarms.view_alarms",
            "alarms.handle_alarms",
            "alarms.arrange_alarms",
            "journals.view_lines",
            "journals.keep_rules",
        ),
    ),
    (
        "video_operator",
        "视频操作员",
        ("video.view_cameras", "video.play_cameras", "video.steer_cameras"),
    ),
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
    (
        "appraisal_manager",
        "运维考核管理员",
        (
            "appraisal.keep_schemes",
            "appraisal.keep_targets",
            "appraisal.view_appraisal",
            "appraisal.file_ops_appeals",
        ),
    ),
    (
        "appraisal_publisher",
        "运维考核审定人",
        (
            "appraisal.publish_appraisal",
            "appraisal.rule_ops_appeals",
            "appraisal.view_appraisal",
        ),
    ),
    (
        "appraisal_vendor",
        "维保单位考核联系人",
        ("appraisal.view_own_vendor", "appraisal.file_ops_appeals"),
    ),
)
