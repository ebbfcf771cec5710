from django.urls import path

from apps.voices.views import groups, heat, topics

app_name = "voices"

urlpatterns = [
    path("groups/", groups.group_list, name="group-list"),
    path("groups/export/", groups.group_export, name="group-export"),
    path("groups/<int:pk>/", groups.group_detail, name="group-detail"),
    path("groups/<int:pk>/points/", groups.group_points, name="group-points"),
    path("groups/<int:pk>/answer/", groups.group_answer, name="group-answer"),
    path("groups/<int:pk>/voices/<int:voice_id>/", groups.voice_leave, name="voice-leave"),
    path("cases/<int:case_id>/", groups.propose, name="propose"),
    path("hot/", heat.spot_list, name="spot-list"),
    path("hot/export/", heat.spot_export, name="spot-export"),
    path("hot/words/", heat.stop_phrase_add, name="stop-phrase-add"),
    path("hot/words/<int:pk>/", heat.stop_phrase_drop, name="stop-phrase-drop"),
    path("hot/compare/", heat.comparison, name="comparison"),
    path("hot/<int:pk>/", heat.spot_detail, name="spot-detail"),
    path("topics/", topics.topic_list, name="topic-list"),
    path("topics/export/", topics.topic_export, name="topic-export"),
    path("topics/<int:pk>/", topics.topic_detail, name="topic-detail"),
    path("topics/<int:pk>/<slug:name>/", topics.topic_deed, name="topic-deed"),
]
