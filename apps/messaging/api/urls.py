from django.urls import path

from apps.messaging.api import views

urlpatterns = [
    path("public/me/messages/", views.OwnMessagesView.as_view(), name="api-public-messages"),
    path(
        "public/me/push-devices/",
        views.OwnPushDevicesView.as_view(),
        name="api-public-push-devices",
    ),
    path(
        "public/me/push-devices/<int:pk>/",
        views.OwnPushDeviceView.as_view(),
        name="api-public-push-device",
    ),
    path("public/me/notices/", views.OwnNoticeWayView.as_view(), name="api-public-notice-way"),
    path(
        "public/me/demands/<str:number>/evaluation/",
        views.OwnScoreView.as_view(),
        name="api-public-demand-score",
    ),
]
