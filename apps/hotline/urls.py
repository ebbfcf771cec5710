from django.urls import include, path

from apps.hotline.views import calls, desk, exchange, hints, knowledge

app_name = "hotline"

urlpatterns = [
    path("desk/", desk.desk, name="desk"),
    path("desk/registered/<int:case_id>/", desk.registered, name="desk-registered"),
    path("desk/caller/", desk.caller, name="desk-caller"),
    path("desk/incoming/", desk.incoming, name="desk-incoming"),
    path("desk/panels/", desk.panels, name="desk-panels"),
    path("desk/draft/", desk.save, name="desk-draft"),
    path("desk/discard/", desk.discard, name="desk-discard"),
    path("desk/files/", desk.add_files, name="desk-files"),
    path("desk/files/<int:file_id>/remove/", desk.remove_file, name="desk-file-remove"),
    path("desk/hints/", hints.hints, name="desk-hints"),
    path("desk/machine-draft/", hints.machine_draft, name="desk-machine-draft"),
    path("desk/places/", hints.place_candidates, name="desk-places"),
    path("desk/simulate/", desk.simulate, name="desk-simulate"),
    path("calls/", calls.call_list, name="call-list"),
    path("calls/<int:call_id>/take/", desk.take, name="call-take"),
    path("calls/<int:call_id>/hang-up/", desk.hang_up, name="call-hang-up"),
    path("calls/<int:call_id>/recording/", calls.recording, name="call-recording"),
    path("cases/<int:case_id>/reveal/", calls.reveal, name="reveal"),
    path("exchange/events/", exchange.events, name="exchange-events"),
    path("statistics/", include("apps.hotline.statistics.urls")),
    path("rates/", include("apps.hotline.rates.urls")),
    path("learning/", include("apps.hotline.learning.urls")),
    path("knowledge/", knowledge.article_list, name="knowledge-list"),
    path("knowledge/new/", knowledge.article_edit, name="knowledge-new"),
    path("knowledge/<int:article_id>/", knowledge.article_detail, name="knowledge-detail"),
    path("knowledge/<int:article_id>/edit/", knowledge.article_edit, name="knowledge-edit"),
    path(
        "knowledge/<int:article_id>/publish/", knowledge.article_publish, name="knowledge-publish"
    ),
    path("knowledge/<int:article_id>/retire/", knowledge.article_retire, name="knowledge-retire"),
    path(
        "knowledge/<int:article_id>/feedback/",
        knowledge.article_feedback,
        name="knowledge-feedback",
    ),
]
