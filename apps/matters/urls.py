from django.urls import path

from apps.matters.views import actions, cases, queues, returns

app_name = "matters"

urlpatterns = [
    path("queue/<slug:code>/", queues.queue, name="queue"),
    path("queue/<slug:code>/bulk/", queues.queue_bulk, name="queue-bulk"),
    path("queue/<slug:code>/export/", queues.queue_export, name="queue-export"),
    path("returns/", returns.return_rates, name="returns"),
    path("<int:case_id>/", cases.case_detail, name="case-detail"),
    path("<int:case_id>/print/", cases.case_print, name="case-print"),
    path("<int:case_id>/link/", cases.case_link, name="case-link"),
    path("<int:case_id>/files/<int:attachment_id>/", cases.attachment, name="attachment"),
    path("<int:case_id>/<slug:action>/", actions.case_action, name="case-action"),
]
