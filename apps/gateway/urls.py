from django.urls import path

from apps.gateway.views import api as views

app_name = "gateway"

urlpatterns = [
    path("", views.RootView.as_view(), name="root"),
    path("schema/", views.SchemaView.as_view(), name="schema"),
    path("docs/", views.DocsView.as_view(), name="docs"),
    path("problems/", views.problem_list, name="problem-list"),
    path("problems/<slug:code>/", views.problem_detail, name="problem-detail"),
]
