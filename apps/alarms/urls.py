"""Addresses of the alarm centre."""

from django.urls import path

from apps.alarms.views import alarms, arranging, discoveries, rehearsals, rules, shipping, warnings

app_name = "alarms"

urlpatterns = [
    path("", alarms.alarm_list, name="alarm-list"),
    path("many/", alarms.alarm_bulk, name="alarm-bulk"),
    path("export/", alarms.alarm_export, name="alarm-export"),
    path("waiting.json", alarms.alarm_latest, name="alarm-latest"),
    path("findings/", discoveries.discovery_list, name="discovery-list"),
    path("findings/export/", discoveries.discovery_export, name="discovery-export"),
    path("groups/", arranging.group_list, name="group-list"),
    path("sources/", arranging.source_list, name="source-list"),
    path("silences/", arranging.silence_list, name="silence-list"),
    path(
        "silences/<int:key>/end/",
        arranging.arrangement_end,
        {"deed": "silence"},
        name="silence-end",
    ),
    path("escalation/", arranging.step_list, name="step-list"),
    path(
        "escalation/<int:key>/remove/",
        arranging.arrangement_end,
        {"deed": "step"},
        name="step-remove",
    ),
    path("dependencies/", arranging.dependency_list, name="dependency-list"),
    path(
        "dependencies/<int:key>/remove/",
        arranging.arrangement_end,
        {"deed": "dependency"},
        name="dependency-remove",
    ),
    path("warnings/", warnings.warning_list, name="warning-list"),
    path("warnings/new/", warnings.warning_new, name="warning-new"),
    path("warnings/<int:pk>/", warnings.warning_detail, name="warning-detail"),
    path("warnings/<int:pk>/lift/", warnings.warning_lift, name="warning-lift"),
    path("levels/", arranging.level_list, name="level-list"),
    path("rules/", rules.rule_list, name="rule-list"),
    path("rules/shipped/", shipping.shipped_list, name="rule-shipped"),
    path("rules/new/", rules.rule_edit, name="rule-new"),
    path("rules/<int:rule_id>/", rules.rule_detail, name="rule-detail"),
    path("rules/<int:rule_id>/edit/", rules.rule_edit, name="rule-edit"),
    path("rules/<int:rule_id>/publish/", rules.rule_publish, name="rule-publish"),
    path("rules/<int:rule_id>/switch/", rules.rule_switch, name="rule-switch"),
    path("rehearsals/", rehearsals.rehearsal_list, name="rehearsal-list"),
    path("rehearsals/<int:rehearsal_id>/", rehearsals.rehearsal_detail, name="rehearsal-detail"),
    path(
        "rehearsals/<int:rehearsal_id>/panel/",
        rehearsals.rehearsal_panel,
        name="rehearsal-panel",
    ),
    path(
        "rehearsals/<int:rehearsal_id>/cancel/",
        rehearsals.rehearsal_cancel,
        name="rehearsal-cancel",
    ),
    path("<int:alarm_id>/", alarms.alarm_detail, name="alarm-detail"),
    path("<int:alarm_id>/finding/", discoveries.discovery_judge, name="discovery-judge"),
    path("<int:alarm_id>/<slug:deed>/", alarms.alarm_deed, name="alarm-deed"),
]
