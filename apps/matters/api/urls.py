from django.urls import path

from apps.matters.api import exchange, views

urlpatterns = [
    path("changes/", exchange.ChangeFeed.as_view(), name="api-changes"),
    path("results/", exchange.OutsideResults.as_view(), name="api-results"),
    path("cases/<str:number>/results/", exchange.CaseResults.as_view(), name="api-case-results"),
    path("matters/<str:code>/form/", views.MatterForm.as_view(), name="api-matter-form"),
    path("files/", views.FileUpload.as_view(), name="api-file-upload"),
    path("cases/", views.CaseList.as_view(), name="api-case-list"),
    path("cases/<str:number>/", views.CaseDetail.as_view(), name="api-case-detail"),
    path("cases/<str:number>/events/", views.CaseEvents.as_view(), name="api-case-events"),
    path("cases/<str:number>/clocks/", views.CaseClocks.as_view(), name="api-case-clocks"),
    path("cases/<str:number>/actions/", views.CaseActions.as_view(), name="api-case-actions"),
    path(
        "cases/<str:number>/actions/<slug:action>/",
        views.CaseAction.as_view(),
        name="api-case-action",
    ),
]
