from django.urls import path

from apps.rules.api.views import DecisionView

urlpatterns = [path("decisions/<int:pk>/", DecisionView.as_view(), name="decision-api")]
