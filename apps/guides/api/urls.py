from django.urls import path

from apps.guides.api import views

urlpatterns = [
    path("guides/", views.GuideList.as_view(), name="api-guide-list"),
    path("guides/<str:code>/", views.GuideDetail.as_view(), name="api-guide-detail"),
    path("questions/<slug:code>/", views.Ask.as_view(), name="api-ask"),
    path("applications/", views.ApplicationCreate.as_view(), name="api-application-create"),
    path(
        "applications/<str:number>/",
        views.ApplicationProgress.as_view(),
        name="api-application-progress",
    ),
]
