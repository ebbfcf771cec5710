from django.urls import path

from apps.messaging.views import cases, inbox, keeping

app_name = "messaging"

urlpatterns = [
    path("", inbox.inbox, name="inbox"),
    path("<int:pk>/", inbox.conversation, name="conversation"),
    path("<int:pk>/answer/", inbox.answer, name="answer"),
    path("<int:pk>/claim/", inbox.deed, {"name": "claim"}, name="claim"),
    path("<int:pk>/release/", inbox.deed, {"name": "release"}, name="release"),
    path("<int:pk>/close/", inbox.deed, {"name": "close"}, name="close"),
    path("<int:pk>/unmute/", inbox.deed, {"name": "unmute"}, name="unmute"),
    path("<int:pk>/mute/", inbox.mute, name="mute"),
    path("<int:pk>/attach/", inbox.attach, name="attach"),
    path("<int:pk>/desk/", inbox.to_desk, name="to-desk"),
    path("<int:pk>/files/<int:file_id>/", inbox.message_file, name="file"),
    path("cases/<int:case_id>/", cases.case_messages, name="case-messages"),
    path("cases/<int:case_id>/files/<int:file_id>/", cases.case_file, name="case-file"),
    path("accounts/", keeping.account_list, name="account-list"),
    path("accounts/new/", keeping.account_edit, name="account-new"),
    path("accounts/<int:pk>/", keeping.account_edit, name="account-edit"),
    path("templates/", keeping.template_list, name="template-list"),
    path("templates/<int:pk>/", keeping.template_list, name="template-edit"),
    path("figures/", keeping.figures, name="figures"),
    path("figures/export/", keeping.figures_export, name="figures-export"),
]
