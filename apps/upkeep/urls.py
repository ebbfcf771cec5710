"""Addresses of upkeep."""

from django.urls import path

from apps.upkeep.views import backups, status

app_name = "upkeep"

urlpatterns = [
    path("", status.status, name="status"),
    path("backups/", backups.backup_list, name="backup-list"),
    path("backups/export/", backups.backup_export, name="backup-export"),
    path("backups/ask/<slug:deed>/", backups.backup_ask, name="backup-ask"),
    path("backups/policies/<slug:code>/", backups.policy_edit, name="policy-edit"),
    path("restores/", backups.restore_list, name="restore-list"),
]
