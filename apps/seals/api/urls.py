from django.urls import path

from apps.seals.api import views

urlpatterns = [
    path("seals/", views.SealsView.as_view(), name="api-seals"),
    path("seals/uses/", views.UsesView.as_view(), name="api-seals-uses"),
    path("seals/uses/<int:pk>/", views.UseView.as_view(), name="api-seals-use"),
    path("seals/uses/<int:pk>/file/", views.UseFileView.as_view(), name="api-seals-use-file"),
    path("seals/verify/", views.VerifyView.as_view(), name="api-seals-verify"),
    path("seals/verify/<str:code>/", views.VerifyCodeView.as_view(), name="api-seals-verify-code"),
]
