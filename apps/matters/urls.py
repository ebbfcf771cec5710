from django.urls import path

from apps.matters import views

app_name = "matters"

urlpatterns = [
    path("queue/<slug:code>/", views.queue, name="queue"),
    path("queue/<slug:code>/bulk/", views.queue_bulk, name="queue-bulk"),
    path("queue/<slug:code>/export/", views.queue_export, name="queue-export"),
    path("<int:case_id>/", views.case_detail, name="case-detail"),
    path("<int:case_id>/print/", views.case_print, name="case-print"),
    path("<int:case_id>/link/", views.case_link, name="case-link"),
    path("<int:case_id>/files/<int:attachment_id>/", views.attachment, name="attachment"),
    path("<int:case_id>/<slug:action>/", views.case_action, name="case-action"),
]
