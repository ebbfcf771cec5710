from django.urls import path

from apps.diagnosis.api import views

urlpatterns = [
    path("video/diagnosis/plans/", views.PlanList.as_view(), name="api-diagnosis-plans"),
    path("video/diagnosis/plans/<int:pk>/run/", views.PlanRun.as_view(), name="api-diagnosis-plan"),
    path("video/diagnosis/runs/", views.RunNew.as_view(), name="api-diagnosis-runs"),
    path("video/diagnosis/runs/<int:pk>/", views.RunDetail.as_view(), name="api-diagnosis-run"),
    path("video/diagnosis/results/", views.ResultList.as_view(), name="api-diagnosis-results"),
    path(
        "video/diagnosis/results/<int:pk>/", views.ResultDetail.as_view(),
        name="api-diagnosis-result",
    ),
]  # fmt: skip
