from django.urls import path

from apps.personnel.scim import views

app_name = "scim"

urlpatterns = [
    path("ServiceProviderConfig", views.AboutView.as_view(), name="about"),
    path("ResourceTypes", views.ResourceTypesView.as_view(), name="resource-types"),
    path("ResourceTypes/<str:key>", views.ResourceTypesView.as_view(), name="resource-type"),
    path("Schemas", views.SchemasView.as_view(), name="schemas"),
    path("Schemas/<str:key>", views.SchemasView.as_view(), name="schema"),
    path("Users", views.UsersView.as_view(), name="users"),
    path("Users/<str:key>", views.UserView.as_view(), name="user"),
    path("Groups", views.GroupsView.as_view(), name="groups"),
    path("Groups/<str:key>", views.GroupView.as_view(), name="group"),
    path("Snapshot", views.SnapshotView.as_view(), name="snapshot"),
]
