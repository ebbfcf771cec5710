from django.urls import path

from apps.tagging.views import batches, passages, readers, rules, tags, things

app_name = "tagging"

urlpatterns = [
    path("", passages.passage_list, name="passage-list"),
    path("export/", passages.passage_export, name="passage-export"),
    path("readers/", readers.reader_list, name="reader-list"),
    path("readers/new/", readers.reader_edit, name="reader-new"),
    path("readers/<int:pk>/", readers.reader_detail, name="reader-detail"),
    path("readers/<int:pk>/edit/", readers.reader_edit, name="reader-edit"),
    path("register/", tags.tag_list, name="tag-list"),
    path("register/export/", tags.tag_export, name="tag-export"),
    path("register/import/", tags.tag_import, name="tag-import"),
    path("register/import/sheet/", tags.tag_sheet, name="tag-sheet"),
    path("register/new/", tags.tag_new, name="tag-new"),
    path("register/unknown/", tags.unknown_list, name="unknown-list"),
    path("register/<int:pk>/", tags.tag_detail, name="tag-detail"),
    path("register/<int:pk>/bind/", tags.tag_bind, name="tag-bind"),
    path("register/<int:pk>/<slug:deed>/", tags.tag_deed, name="tag-deed"),
    path("things/<int:pk>/", things.thing_trail, name="thing-trail"),
    path("things/<int:pk>/shapes/", things.thing_shapes, name="thing-shapes"),
    path("things/<int:pk>/export/", things.thing_export, name="thing-export"),
    path("batches/", batches.batch_list, name="batch-list"),
    path("batches/new/", batches.batch_edit, name="batch-new"),
    path("batches/<int:pk>/", batches.batch_trace, name="batch-trace"),
    path("batches/<int:pk>/edit/", batches.batch_edit, name="batch-edit"),
    path("batches/<int:pk>/shapes/", batches.batch_shapes, name="batch-shapes"),
    path("batches/<int:pk>/export/", batches.batch_export, name="batch-export"),
    path("passes/", rules.pass_list, name="pass-list"),
    path("passes/new/", rules.pass_new, name="pass-new"),
    path("passes/<int:pk>/end/", rules.pass_end, name="pass-end"),
    path("rules/", rules.rule_list, name="rule-list"),
    path("rules/new/", rules.rule_edit, name="rule-new"),
    path("rules/<int:pk>/", rules.rule_edit, name="rule-edit"),
]
