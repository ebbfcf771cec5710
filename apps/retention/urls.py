from django.urls import path

from apps.retention.views import holds, schedules, stones

app_name = "retention"

urlpatterns = [
    path("", schedules.schedule_list, name="schedule-list"),
    path("schedules/edit/", schedules.schedule_edit, name="schedule-edit"),
    path("schedules/<int:pk>/", schedules.schedule_detail, name="schedule-detail"),
    path("schedules/<int:pk>/<slug:deed>/", schedules.schedule_deed, name="schedule-deed"),
    path("holds/", holds.hold_list, name="hold-list"),
    path("holds/<int:pk>/lift/", holds.hold_lift, name="hold-lift"),
    path("tombstones/", stones.tombstone_list, name="tombstone-list"),
    path("tombstones/export/", stones.export, name="tombstone-export"),
    path("runs/", stones.run_list, name="run-list"),
]
