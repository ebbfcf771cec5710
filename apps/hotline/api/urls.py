from django.urls import path

from apps.hotline.api import own, public, views

urlpatterns = [
    path("demands/", views.ReportView.as_view(), name="api-demand-report"),
    path(
        "demands/<str:number>/progress/",
        views.ProgressView.as_view(),
        name="api-demand-progress",
    ),
    path("public/me/demands/", own.OwnDemandsView.as_view(), name="api-public-demands"),
    path(
        "public/me/demands/<str:number>/",
        own.OwnDemandView.as_view(),
        name="api-public-demand",
    ),
    path("hotline/figures/", public.FiguresView.as_view(), name="api-hotline-figures"),
    path("hotline/results/", public.ResultListView.as_view(), name="api-hotline-results"),
    path(
        "hotline/results/<str:number>/",
        public.ResultView.as_view(),
        name="api-hotline-result",
    ),
    path("classify/", views.ClassifyView.as_view(), name="api-classify"),
    path("duplicates/", views.DuplicatesView.as_view(), name="api-duplicates"),
]
