from django.urls import path

from apps.observing.api.surface import SurfaceView

urlpatterns = [
    path("sensing/surface/", SurfaceView.as_view(), name="api-sensing-surface"),
]
