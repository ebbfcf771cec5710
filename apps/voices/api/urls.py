from django.urls import path

from apps.voices.api import views

urlpatterns = [
    path("voice-groups/", views.GroupList.as_view(), name="api-voice-groups"),
    path("voice-groups/join/", views.GroupJoin.as_view(), name="api-voice-group-join"),
    path("voice-groups/<int:pk>/", views.GroupDetail.as_view(), name="api-voice-group"),
    path(
        "voice-groups/<int:pk>/answer/", views.GroupAnswer.as_view(), name="api-voice-group-answer"
    ),
    path(
        "voice-groups/<int:pk>/voices/<int:voice_id>/leave/",
        views.VoiceLeave.as_view(),
        name="api-voice-leave",
    ),
    path("hot-spots/", views.SpotList.as_view(), name="api-hot-spots"),
    path("topics/", views.TopicList.as_view(), name="api-topics"),
    path("topics/<int:pk>/", views.TopicDetail.as_view(), name="api-topic"),
    path("topics/<int:pk>/confirm/", views.TopicConfirm.as_view(), name="api-topic-confirm"),
    path("topics/<int:pk>/dismiss/", views.TopicDismiss.as_view(), name="api-topic-dismiss"),
    path("topics/<int:pk>/early/", views.TopicEarly.as_view(), name="api-topic-early"),
    path("topics/<int:pk>/close/", views.TopicClose.as_view(), name="api-topic-close"),
]
