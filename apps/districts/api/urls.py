from django.urls import path

from apps.districts.api import views

urlpatterns = [
    path("intake/<slug:kind>/", views.IntakeView.as_view(), name="api-districts-intake"),
    path("back/", views.BackView.as_view(), name="api-districts-back"),
]
