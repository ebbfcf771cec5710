from django.urls import path

from apps.commanding.api.devices import AnswerView, WaitingView
from apps.commanding.api.programs import CommandsView, CommandView

urlpatterns = [
    path("sensing/commands/", WaitingView.as_view(), name="api-sensing-commands"),
    path(
        "sensing/commands/<int:number>/answer/",
        AnswerView.as_view(),
        name="api-sensing-command-answer",
    ),
    path("commands/", CommandsView.as_view(), name="api-commands"),
    path("commands/<int:number>/", CommandView.as_view(), name="api-command"),
]
