"""Addresses of this app's pages."""

from django.urls import path

from apps.grid.views import classes, desk, evaluation, events

app_name = "grid"

urlpatterns = [
    path("", events.event_list, name="event-list"),
    path("export/", events.event_export, name="event-export"),
    path("report/", events.report, name="report"),
    path("near/", events.near, name="near"),
    path("events/<int:event_id>/waive/", events.waive, name="look-waive"),
    path(
        "events/<int:event_id>/stages/<int:stage_id>/",
        events.finish_stage,
        name="stage-finish",
    ),
    path("proof/<int:verdict_id>/override/", events.override, name="proof-override"),
    path("desk/", desk.desk, name="desk"),
    path("desk/<slug:pile>/", desk.desk, name="desk-pile"),
    path("desk/<slug:pile>/bulk/", desk.desk_bulk, name="desk-bulk"),
    path("looks/", desk.look_list, name="look-list"),
    path("looks/<int:task_id>/", desk.look_answer, name="look-answer"),
    path("looks/<int:task_id>/take/", desk.look_take, name="look-take"),
    path("classes/", classes.class_list, name="class-list"),
    path("classes/new/", classes.class_edit, name="class-new"),
    path("classes/import/", classes.class_import, name="class-import"),
    path("classes/export/", classes.class_export, name="class-export"),
    path("classes/<int:class_id>/", classes.class_edit, name="class-edit"),
    path("classes/<int:class_id>/retire/", classes.class_retire, name="class-retire"),
    path("evaluation/", evaluation.evaluation, name="evaluation"),
    path("evaluation/events/", evaluation.evaluation_events, name="evaluation-events"),
]
