from django.urls import path

from apps.grid.api import views

urlpatterns = [
    path("grid-events/", views.GridEventList.as_view(), name="api-grid-events"),
    path("grid-events/<str:number>/", views.GridEventDetail.as_view(), name="api-grid-event"),
]
