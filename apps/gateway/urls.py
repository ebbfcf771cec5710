from django.urls import path

from apps.gateway.views import api as views
from apps.gateway.views import catalogue, developers, protected

app_name = "gateway"

urlpatterns = [
    path("", views.RootView.as_view(), name="root"),
    path("schema/", views.SchemaView.as_view(), name="schema"),
    path("docs/", views.DocsView.as_view(), name="docs"),
    path("developers/", developers.guide, name="developers"),
    path("problems/", views.problem_list, name="problem-list"),
    path("problems/<slug:code>/", views.problem_detail, name="problem-detail"),
    path("v1/resources/", protected.ResourceLookup.as_view(), name="resource-lookup"),
    path("v1/services/", catalogue.ServiceLookup.as_view(), name="service-lookup"),
    path("v1/services/<slug:code>/", catalogue.ServiceEntry.as_view(), name="service-entry"),
]
