from django.urls import path

from apps.evidence.views import alarms, board, proofs, public, rows

app_name = "evidence"

urlpatterns = [
    path("", proofs.overview, name="overview"),
    path("checkpoints/", proofs.checkpoint_list, name="checkpoint-list"),
    path("checkpoints/make/", proofs.checkpoint_make, name="checkpoint-make"),
    path("checkpoints/<int:number>/", proofs.checkpoint_detail, name="checkpoint-detail"),
    path("verifications/ask/", proofs.verification_ask, name="verification-ask"),
    path("verifications/<int:pk>/", proofs.verification_detail, name="verification-detail"),
    path("package/", proofs.package, name="package"),
    path("keys/rotate/", proofs.key_rotate, name="key-rotate"),
    path("witnesses/", proofs.witness_list, name="witness-list"),
    path("witnesses/<int:pk>/end/", proofs.witness_end, name="witness-end"),
    path("months/", proofs.month_list, name="month-list"),
    path("months/<int:year>/<int:month>/", proofs.month_archive, name="month-archive"),
    path("rows/", rows.row_list, name="row-list"),
    path("rows/check/", rows.row_check, name="row-check"),
    path("rows/<int:pk>/accept/", rows.row_accept, name="row-accept"),
    path("alarms/", alarms.alarm_list, name="alarm-list"),
    path("alarms/export/", alarms.alarm_export, name="alarm-export"),
    path("alarms/rules/", alarms.rule_list, name="rule-list"),
    path("alarms/rules/<slug:code>/", alarms.rule_edit, name="rule-edit"),
    path("alarms/<int:pk>/", alarms.alarm_detail, name="alarm-detail"),
    path("alarms/<int:pk>/see/", alarms.alarm_see, name="alarm-see"),
    path("alarms/<int:pk>/close/", alarms.alarm_close, name="alarm-close"),
    path("board/", board.board, name="board"),
    path("board/export/", board.board_export, name="board-export"),
    path("board/months/close/", board.month_close, name="self-check-close"),
    path("board/findings/", board.finding_list, name="finding-list"),
    path("board/findings/<int:pk>/close/", board.finding_close, name="finding-close"),
    path("board/notes/<int:pk>/file/", board.note_file, name="note-file"),
    path("board/<slug:code>/", board.clause_detail, name="clause-detail"),
    path("verify/", public.verify, name="public-verify"),
    path("verify/program/<str:name>", public.program, name="public-program"),
]
