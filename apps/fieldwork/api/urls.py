from django.urls import path

from apps.fieldwork.api import views

urlpatterns = [
    path("field-workers/", views.FieldWorkerList.as_view(), name="api-field-workers"),
    path("patrols/", views.PatrolList.as_view(), name="api-patrols"),
]
