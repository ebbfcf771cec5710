from django.urls import path

from apps.registry.api import views

urlpatterns = [
    path("registry/files/", views.SharedFiles.as_view(), name="api-registry-files"),
    path("registry/figures/", views.Figures.as_view(), name="api-registry-figures"),
]
