from django.urls import path

from apps.evidence.api import views

urlpatterns = [
    path("evidence/checkpoints/", views.CheckpointList.as_view(), name="api-checkpoints"),
    path(
        "evidence/checkpoints/<int:number>/consistency/",
        views.Consistency.as_view(),
        name="api-checkpoint-consistency",
    ),
    path(
        "evidence/checkpoints/<int:number>/testimony/",
        views.Testify.as_view(),
        name="api-checkpoint-testify",
    ),
    path("evidence/verify/<str:digest>/", views.Verify.as_view(), name="api-checkpoint-verify"),
]
