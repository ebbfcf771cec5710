from django.urls import path

from apps.sensing.api.claims import ClaimView
from apps.sensing.api.intake import ReadingsView

urlpatterns = [
    path("sensing/claims/", ClaimView.as_view(), name="api-sensing-claims"),
    path("sensing/readings/", ReadingsView.as_view(), name="api-sensing-readings"),
]
