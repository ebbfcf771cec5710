from django.urls import path

from apps.callbacks.api import views

urlpatterns = [
    path("callbacks/", views.CallbackList.as_view(), name="api-callbacks"),
    path("callbacks/claim/", views.CallbackClaim.as_view(), name="api-callback-claim"),
    path("callbacks/<int:pk>/", views.CallbackDetail.as_view(), name="api-callback"),
    path("callbacks/<int:pk>/dial/", views.CallbackDial.as_view(), name="api-callback-dial"),
    path(
        "callbacks/<int:pk>/give-back/",
        views.CallbackGiveBack.as_view(),
        name="api-callback-give-back",
    ),
    path(
        "callbacks/<int:pk>/attempts/",
        views.CallbackAttempts.as_view(),
        name="api-callback-attempts",
    ),
]
