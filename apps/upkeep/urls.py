"""Addresses of upkeep."""

from django.urls import path

from apps.upkeep.views import backups, capacity, cycles, exercises, runbooks, servers, status

app_name = "upkeep"

urlpatterns = [
    path("", status.status, name="status"),
    path("backups/", backups.backup_list, name="backup-list"),
    path("backups/export/", backups.backup_export, name="backup-export"),
    path("backups/ask/<slug:deed>/", backups.backup_ask, name="backup-ask"),
    path("backups/policies/<slug:code>/", backups.policy_edit, name="policy-edit"),
    path("runbooks/", runbooks.runbook_list, name="runbook-list"),
    path("runbooks/new/", runbooks.runbook_edit, name="runbook-new"),
    path("runbooks/<slug:code>/", runbooks.runbook_detail, name="runbook-detail"),
    path("runbooks/<slug:code>/edit/", runbooks.runbook_edit, name="runbook-edit"),
    path(
        "runbooks/<slug:code>/<int:version_id>/publish/",
        runbooks.runbook_publish,
        name="runbook-publish",
    ),
    path("alarms/<int:alarm_id>/steps/", runbooks.step_check, name="step-check"),
    path("exercises/", exercises.exercise_list, name="exercise-list"),
    path("exercises/<int:pk>/", exercises.exercise_detail, name="exercise-detail"),
    path("exercises/<int:pk>/<slug:deed>/", exercises.exercise_deed, name="exercise-deed"),
    path("plans/", exercises.plan_list, name="plan-list"),
    path("improvements/", exercises.improvement_list, name="improvement-list"),
    path("improvements/export/", exercises.improvement_export, name="improvement-export"),
    path("improvements/<int:pk>/", exercises.improvement_finish, name="improvement-finish"),
    path("cycle/", cycles.cycle_list, name="cycle-list"),
    path("cycle/export/", cycles.cycle_export, name="cycle-export"),
    path("cycle/<int:pk>/", cycles.cycle_detail, name="cycle-detail"),
    path("cycle/<int:pk>/<slug:deed>/", cycles.cycle_deed, name="cycle-deed"),
    path("capacity/", capacity.capacity, name="capacity"),
    path("restores/", backups.restore_list, name="restore-list"),
    path("servers/", servers.server_list, name="server-list"),
    path("servers/<int:pk>/", servers.server_explain, name="server-explain"),
]
