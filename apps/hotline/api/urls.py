from django.urls import path

from apps.hotline.api import views

urlpatterns = [
    path("demands/", views.ReportView.as_view(), name="api-demand-report"),
    path(
        "demands/<str:number>/progress/",
        views.ProgressView.as_view(),
        name="api-demand-progress",
    ),
    path("classify/", views.ClassifyView.as_view(), name="api-classify"),
    path("duplicates/", views.DuplicatesView.as_view(), name="api-duplicates"),
]
