"""Addresses where anybody reads warnings."""

from django.urls import path

from apps.alarms.views import warnings

app_name = "warnings"

urlpatterns = [
    path("", warnings.public_list, name="list"),
    path("<int:pk>/", warnings.public_detail, name="detail"),
]
