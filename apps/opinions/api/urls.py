from django.urls import path

from apps.opinions.api import views

urlpatterns = [
    path("collections/", views.CollectionsView.as_view(), name="api-public-collections"),
    path(
        "collections/<int:pk>/opinions/", views.OpinionsView.as_view(), name="api-public-opinions"
    ),
    path("surveys/", views.SurveysView.as_view(), name="api-public-surveys"),
    path("surveys/<int:pk>/", views.SurveyView.as_view(), name="api-public-survey"),
    path("ideas/", views.IdeasView.as_view(), name="api-public-ideas"),
    path("ideas/<int:pk>/vote/", views.VoteView.as_view(), name="api-public-idea-vote"),
]
