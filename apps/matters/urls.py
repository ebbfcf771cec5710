from django.urls import path

from apps.matters.views import (
    actions,
    board,
    cases,
    clocks,
    forms,
    graph,
    listener_deliveries,
    listener_editing,
    listener_graph,
    listeners,
    outside,
    queues,
    responsibilities,
    returns,
)

app_name = "matters"

urlpatterns = [
    path("board/", board.board, name="board"),
    path("board/bulk/", board.board_bulk, name="board-bulk"),
    path(
        "responsibilities/",
        responsibilities.responsibility_list,
        name="responsibility-list",
    ),
    path(
        "responsibilities/import/",
        responsibilities.responsibility_import,
        name="responsibility-import",
    ),
    path(
        "responsibilities/export/",
        responsibilities.responsibility_export,
        name="responsibility-export",
    ),
    path(
        "responsibilities/matrix/",
        responsibilities.responsibility_matrix,
        name="responsibility-matrix",
    ),
    path(
        "responsibilities/map.json",
        responsibilities.responsibility_map,
        name="responsibility-map",
    ),
    path(
        "responsibilities/<int:line_id>/end/",
        responsibilities.responsibility_end,
        name="responsibility-end",
    ),
    path("queue/<slug:code>/", queues.queue, name="queue"),
    path("queue/<slug:code>/bulk/", queues.queue_bulk, name="queue-bulk"),
    path(
        "queue/<slug:code>/export-request/",
        queues.queue_export_request,
        name="queue-export-request",
    ),
    path("queue/<slug:code>/export/", queues.queue_export, name="queue-export"),
    path("listeners/", listeners.listener_list, name="listener-list"),
    path("listeners/graph/", listener_graph.graph, name="listener-graph"),
    path("listeners/deliveries/", listener_deliveries.delivery_list, name="delivery-list"),
    path(
        "listeners/deliveries/replay/",
        listener_deliveries.delivery_replay,
        name="delivery-replay",
    ),
    path("listeners/new/", listener_editing.listener_edit, name="listener-create"),
    path("listeners/<int:pk>/edit/", listener_editing.listener_edit, name="listener-edit"),
    path("listeners/<int:pk>/", listeners.listener_detail, name="listener-detail"),
    path("listeners/<int:pk>/<slug:deed>/", listeners.listener_deed, name="listener-deed"),
    path("outside-results/", outside.result_list, name="outside-results"),
    path("outside-results/<int:pk>/", outside.result_reprocess, name="outside-reprocess"),
    path("new/", forms.matter_choose, name="matter-choose"),
    path("new/<str:code>/", forms.case_new, name="case-new"),
    path("<int:case_id>/form/reveal/", forms.form_reveal, name="form-reveal"),
    path("<int:case_id>/form/<int:file_id>/", forms.form_file, name="form-file"),
    path("returns/", returns.return_rates, name="returns"),
    path("<int:case_id>/", cases.case_detail, name="case-detail"),
    path("<int:case_id>/print/", cases.case_print, name="case-print"),
    path("<int:case_id>/clocks/", clocks.case_clocks, name="case-clocks"),
    path("<int:case_id>/graph/", graph.case_graph, name="case-graph"),
    path("<int:case_id>/link/", cases.case_link, name="case-link"),
    path("<int:case_id>/files/<int:attachment_id>/", cases.attachment, name="attachment"),
    path("<int:case_id>/<slug:action>/", actions.case_action, name="case-action"),
]
