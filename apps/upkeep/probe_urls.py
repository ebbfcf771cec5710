"""The address a monitoring system asks, beside /healthz and /readyz."""

from django.urls import path

from apps.upkeep.views import status

urlpatterns = [path("metrics", status.metrics, name="metrics")]
