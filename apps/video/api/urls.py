from django.urls import path

from apps.video.api.gates import GateHoursView
from apps.video.api.plays import PlayView

urlpatterns = [
    path("video/plays/<slug:key>/", PlayView.as_view(), name="api-video-play"),
    path("video/gates/hours/", GateHoursView.as_view(), name="api-video-gate-hours"),
]
