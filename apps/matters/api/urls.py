from django.urls import path

from apps.matters.api import views

urlpatterns = [
    path("matters/<str:code>/form/", views.MatterForm.as_view(), name="api-matter-form"),
    path("files/", views.FileUpload.as_view(), name="api-file-upload"),
    path("cases/", views.CaseList.as_view(), name="api-case-list"),
    path("cases/<str:number>/", views.CaseDetail.as_view(), name="api-case-detail"),
    path("cases/<str:number>/events/", views.CaseEvents.as_view(), name="api-case-events"),
    path("cases/<str:number>/actions/", views.CaseActions.as_view(), name="api-case-actions"),
    path(
        "cases/<str:number>/actions/<slug:action>/",
        views.CaseAction.as_view(),
        name="api-case-action",
    ),
]
