from django.urls import path

from apps.polling.api.edge import BatchView, HeartbeatView
from apps.polling.api.files import FilesView, FileView

urlpatterns = [
    path("sensing/files/", FilesView.as_view(), name="api-sensing-files"),
    path("sensing/files/<int:pk>/", FileView.as_view(), name="api-sensing-file"),
    path("sensing/edge/batches/", BatchView.as_view(), name="api-edge-batches"),
    path("sensing/edge/heartbeats/", HeartbeatView.as_view(), name="api-edge-heartbeats"),
]
