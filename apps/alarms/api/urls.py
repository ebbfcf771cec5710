from django.urls import path

from apps.alarms.api.warnings import WarningListView, WarningView

urlpatterns = [
    path("warnings/", WarningListView.as_view(), name="api-warning-list"),
    path("warnings/<int:pk>/", WarningView.as_view(), name="api-warning-detail"),
]
