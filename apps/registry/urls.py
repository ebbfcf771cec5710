"""Addresses of this app's pages."""

from django.urls import path

from apps.registry.views import care, collecting, cycles, defining, figures, files, linking

app_name = "registry"

urlpatterns = [
    path("", files.file_list, name="file-list"),
    path("new/<slug:kind>/", files.file_edit, name="file-new"),
    path("near/<slug:kind>/", files.near, name="near"),
    path("files/<int:file_id>/", files.file_detail, name="file-detail"),
    path("files/<int:file_id>/edit/", files.file_edit, name="file-edit"),
    path("files/<int:file_id>/reveal/", files.file_reveal, name="file-reveal"),
    path("files/<int:file_id>/close/", files.file_close, name="file-close"),
    path("files/<int:file_id>/links/new/", linking.link_new, name="link-new"),
    path(
        "files/<int:file_id>/links/<int:relation_id>/end/",
        linking.relation_end,
        name="relation-end",
    ),
    path("files/<int:file_id>/cycle/", cycles.cycle_set, name="cycle-set"),
    path("files/<int:file_id>/enrol/", care.enrolment_new, name="enrolment-new"),
    path("relate/", linking.relate, name="relate"),
    path("readings/import/", linking.reading_import, name="reading-import"),
    path("conflicts/", files.conflict_list, name="conflict-list"),
    path("conflicts/<int:edit_id>/", files.conflict_detail, name="conflict-detail"),
    path("figures/", figures.figure_page, name="figures"),
    path("figures/leases/", figures.lease_page, name="leases"),
    path("figures/rows/", figures.figure_rows, name="figure-rows"),
    path("export/", figures.file_export, name="file-export"),
    path("export/request/", figures.export_request, name="export-request"),
    path("care/", care.care_list, name="care-list"),
    path("care/glass/", care.glass, name="glass"),
    path("care/openings/", care.opening_list, name="opening-list"),
    path("care/<int:enrolment_id>/", care.enrolment_detail, name="enrolment-detail"),
    path("care/<int:enrolment_id>/open/", care.enrolment_open, name="enrolment-open"),
    path("care/<int:enrolment_id>/change/", care.enrolment_change, name="enrolment-change"),
    path("visits/", care.visit_board, name="visit-board"),
    path("visits/files/", cycles.due_list, name="due-list"),
    path("visits/new/", care.visit_new, name="visit-new"),
    path(
        "visits/<int:visit_id>/pictures/<int:picture_id>/",
        care.visit_picture,
        name="visit-picture",
    ),
    path("types/", defining.type_list, name="type-list"),
    path("types/ship/", defining.types_ship, name="types-ship"),
    path("types/new/", defining.type_edit, name="type-new"),
    path("types/<int:type_id>/", defining.type_edit, name="type-edit"),
    path("types/<int:type_id>/export/", defining.type_export, name="type-export"),
    path("types/<int:type_id>/import/", defining.type_import, name="type-import"),
    path("types/fields/<slug:kind>/", defining.fields_edit, name="fields-edit"),
    path("types/fields/<slug:kind>/export/", defining.fields_export, name="fields-export"),
    path("types/fields/<slug:kind>/import/", defining.fields_import, name="fields-import"),
    path("tasks/", collecting.task_list, name="task-list"),
    path("tasks/new/", collecting.task_new, name="task-new"),
    path("tasks/<int:task_id>/", collecting.task_detail, name="task-detail"),
    path("tasks/<int:task_id>/sample/", collecting.task_sample, name="task-sample"),
    path("tasks/<int:task_id>/close/", collecting.task_close, name="task-close"),
    path(
        "tasks/<int:task_id>/targets/<int:target_id>/",
        collecting.target_check,
        name="target-check",
    ),
    path("shares/", collecting.share_list, name="share-list"),
    path("shares/<int:share_id>/end/", collecting.share_end, name="share-end"),
]
