from django.urls import path

from apps.gateway.views import protected

app_name = "resources"

urlpatterns = [
    path("", protected.resource_list, name="resource-list"),
    path("export/", protected.resource_export, name="resource-export"),
]
