from django.urls import path

from apps.rules.api.views import DecisionListView, DecisionView, WhyNotView

urlpatterns = [
    path("decisions/", DecisionListView.as_view(), name="decision-list-api"),
    path("decisions/<int:pk>/", DecisionView.as_view(), name="decision-api"),
    path(
        "decisions/<int:pk>/why-not/<str:row>/", WhyNotView.as_view(), name="decision-why-not-api"
    ),
]
