from django.urls import path

from apps.analysis.api import views

urlpatterns = [
    path("video/analysis/jobs/", views.JobList.as_view(), name="api-analysis-jobs"),
    path("video/analysis/jobs/<int:pk>/", views.JobDetail.as_view(), name="api-analysis-job"),
    path("video/analysis/jobs/<int:pk>/run/", views.JobRunNow.as_view(), name="api-analysis-run"),
    path(
        "video/analysis/jobs/<int:pk>/tallies/", views.JobTallies.as_view(),
        name="api-analysis-tallies",
    ),
    path("video/analysis/findings/", views.FindingList.as_view(), name="api-analysis-findings"),
    path(
        "video/analysis/findings/<int:pk>/", views.FindingDetail.as_view(),
        name="api-analysis-finding",
    ),
    path(
        "video/analysis/findings/<int:pk>/verdict/", views.FindingVerdict.as_view(),
        name="api-analysis-verdict",
    ),
]  # fmt: skip
