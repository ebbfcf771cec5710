"""Addresses of this app's pages."""

from django.urls import path

from apps.fieldwork.views import patrols, roster, workers

app_name = "fieldwork"

urlpatterns = [
    path("", workers.on_duty, name="on-duty"),
    path("places.geojson", workers.on_duty_places, name="on-duty-places"),
    path("mine/", workers.mine, name="mine"),
    path("workers/", workers.worker_list, name="worker-list"),
    path("workers/export/", workers.worker_export, name="worker-export"),
    path("workers/new/", workers.worker_edit, name="worker-new"),
    path("workers/<int:worker_id>/", workers.worker_detail, name="worker-detail"),
    path("workers/<int:worker_id>/edit/", workers.worker_edit, name="worker-edit"),
    path("workers/<int:worker_id>/photo/", workers.worker_photo, name="worker-photo"),
    path("workers/<int:worker_id>/cells.geojson", workers.worker_cells, name="worker-cells"),
    path("workers/<int:worker_id>/state/", workers.worker_state, name="worker-state"),
    path("workers/<int:worker_id>/shift/", workers.worker_follow, name="worker-follow"),
    path("workers/<int:worker_id>/cells/<int:duty_id>/end/", workers.cell_end, name="cell-end"),
    path("cells/", workers.cell_gaps, name="cell-gaps"),
    path("load/", workers.load, name="load"),
    path("roster/", roster.roster, name="roster"),
    path("shifts/", roster.shift_list, name="shift-list"),
    path("shifts/<int:shift_id>/switch/", roster.shift_switch, name="shift-switch"),
    path("leaves/", roster.leave_list, name="leave-list"),
    path("leaves/<int:leave_id>/rule/", roster.leave_rule, name="leave-rule"),
    path("leaves/<int:leave_id>/withdraw/", roster.leave_withdraw, name="leave-withdraw"),
    path("patrols/", patrols.patrol_board, name="patrol-board"),
    path("patrols/<int:patrol_id>/", patrols.patrol_detail, name="patrol-detail"),
    path("patrols/<int:patrol_id>/map.geojson", patrols.patrol_map, name="patrol-map"),
    path(
        "check-ins/<int:check_in_id>/files/<int:file_id>/",
        patrols.check_in_file,
        name="check-in-file",
    ),
    path("plans/", patrols.plan_list, name="plan-list"),
    path("plans/new/", patrols.plan_edit, name="plan-new"),
    path("plans/<int:plan_id>/", patrols.plan_detail, name="plan-detail"),
    path("plans/<int:plan_id>/edit/", patrols.plan_edit, name="plan-edit"),
    path("plans/<int:plan_id>/route/", patrols.plan_route, name="plan-route"),
    path("plans/<int:plan_id>/map.geojson", patrols.plan_map, name="plan-map"),
    path("plans/<int:plan_id>/state/", patrols.plan_state, name="plan-state"),
    path(
        "plans/<int:plan_id>/points/<int:point_id>/remove/",
        patrols.point_remove,
        name="point-remove",
    ),
    path("checks/", patrols.draw_list, name="draw-list"),
    path("checks/<int:draw_id>/", patrols.draw_detail, name="draw-detail"),
    path("checks/<int:draw_id>/<int:check_id>/judge/", patrols.check_judge, name="check-judge"),
]
