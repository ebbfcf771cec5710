from django.urls import path

from apps.siting.api import views

urlpatterns = [
    path("siting/plans/", views.PlanList.as_view(), name="api-siting-plan-list"),
    path("siting/plans/<int:pk>/", views.PlanDetail.as_view(), name="api-siting-plan"),
    path("siting/plans/<int:pk>/points/", views.PlanPoints.as_view(), name="api-siting-points"),
    path(
        "siting/plans/<int:pk>/coverage/",
        views.PlanCoverage.as_view(),
        name="api-siting-coverage",
    ),
]
