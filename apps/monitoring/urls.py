"""Addresses of monitoring."""

from django.urls import path

from apps.monitoring.views import events, outages, overview, runs, targets

app_name = "monitoring"

urlpatterns = [
    path("", overview.home, name="home"),
    path("topology/", overview.topology, name="topology"),
    path("targets/", targets.target_list, name="target-list"),
    path("targets/export/", targets.target_export, name="target-export"),
    path("targets/new/", targets.target_edit, name="target-new"),
    path("targets/<int:pk>/", targets.target_detail, name="target-detail"),
    path("targets/<int:pk>/events/", events.event_list, name="event-list"),
    path("targets/<int:pk>/events/export/", events.event_export, name="event-export"),
    path("targets/<int:pk>/edit/", targets.target_edit, name="target-edit"),
    path("targets/<int:pk>/active/", targets.target_active, name="target-active"),
    path("targets/<int:pk>/checks/new/", targets.check_edit, name="check-new"),
    path("targets/<int:pk>/checks/<int:check_id>/", targets.check_edit, name="check-edit"),
    path("targets/<int:pk>/checks/<int:check_id>/drop/", targets.check_drop, name="check-drop"),
    path("targets/<int:pk>/checks/<int:check_id>/try/", targets.check_try, name="check-try"),
    path(
        "targets/<int:pk>/checks/<int:check_id>/measures/new/",
        targets.measure_edit,
        name="measure-new",
    ),
    path(
        "targets/<int:pk>/checks/<int:check_id>/measures/<int:measure_id>/",
        targets.measure_edit,
        name="measure-edit",
    ),
    path(
        "targets/<int:pk>/measures/<int:measure_id>/drop/",
        targets.measure_drop,
        name="measure-drop",
    ),
    path("outages/", outages.outage_list, name="outage-list"),
    path("outages/export/", outages.outage_export, name="outage-export"),
    path("outages/<int:pk>/judge/", outages.outage_judge, name="outage-judge"),
    path("runs/", runs.run_list, name="run-list"),
    path("runs/<int:pk>/", runs.run_detail, name="run-detail"),
    path("runs/<int:pk>/panel/", runs.run_panel, name="run-panel"),
    path("runs/<int:pk>/cancel/", runs.run_cancel, name="run-cancel"),
    path("runs/<int:pk>/export/", runs.run_export, name="run-export"),
    path("plans/new/", runs.plan_edit, name="plan-new"),
    path("plans/<int:pk>/drop/", runs.plan_drop, name="plan-drop"),
]
