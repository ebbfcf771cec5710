from django.urls import path

from apps.sensing.api.intake import ReadingsView

urlpatterns = [
    path("sensing/readings/", ReadingsView.as_view(), name="api-sensing-readings"),
]
