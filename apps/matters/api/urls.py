from django.urls import path

from apps.matters.api import exchange, listeners, views

urlpatterns = [
    path("changes/", exchange.ChangeFeed.as_view(), name="api-changes"),
    path("results/", exchange.OutsideResults.as_view(), name="api-results"),
    path(
        "connectors/<slug:code>/results/",
        exchange.SignedResults.as_view(),
        name="api-signed-results",
    ),
    path("cases/<str:number>/results/", exchange.CaseResults.as_view(), name="api-case-results"),
    path("listeners/", listeners.ListenerList.as_view(), name="api-listeners"),
    path("listeners/<int:pk>/", listeners.ListenerDetail.as_view(), name="api-listener"),
    path("deliveries/", listeners.DeliveryList.as_view(), name="api-deliveries"),
    path(
        "deliveries/<int:pk>/replay/",
        listeners.DeliveryReplay.as_view(),
        name="api-delivery-replay",
    ),
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
