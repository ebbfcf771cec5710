from django.urls import path

from apps.commanding.views import commands, kinds

app_name = "commanding"

urlpatterns = [
    path("", commands.command_list, name="command-list"),
    path("export/", commands.command_export, name="command-export"),
    path("new/<int:device_id>/", commands.command_new, name="command-new"),
    path("<int:pk>/", commands.command_detail, name="command-detail"),
    path("<int:pk>/cancel/", commands.command_cancel, name="command-cancel"),
    path("kinds/", kinds.kind_list, name="kind-list"),
    path("kinds/new/", kinds.kind_edit, name="kind-new"),
    path("kinds/<int:pk>/", kinds.kind_edit, name="kind-edit"),
]
