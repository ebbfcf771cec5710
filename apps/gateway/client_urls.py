from django.urls import path, re_path

from apps.gateway.views import calls, clients

app_name = "clients"

urlpatterns = [
    path("", clients.client_list, name="client-list"),
    path("new/", clients.client_create, name="client-create"),
    path("<int:pk>/", clients.client_detail, name="client-detail"),
    path("<int:pk>/edit/", clients.client_edit, name="client-edit"),
    path("<int:pk>/keys/issue/", clients.key_issue, name="key-issue"),
    path("<int:pk>/keys/rotate/", clients.key_rotate, name="key-rotate"),
    path("<int:pk>/keys/<int:key_id>/end/", clients.key_end, name="key-end"),
    path("<int:pk>/signing-keys/add/", clients.signing_key_add, name="signing-key-add"),
    path(
        "<int:pk>/signing-keys/<int:key_id>/end/",
        clients.signing_key_end,
        name="signing-key-end",
    ),
    path("<int:pk>/certificates/add/", clients.certificate_add, name="certificate-add"),
    path(
        "<int:pk>/certificates/<int:certificate_id>/end/",
        clients.certificate_end,
        name="certificate-end",
    ),
    path("<int:pk>/revoke/", clients.client_revoke, name="client-revoke"),
    path("calls/", calls.call_list, name="call-list"),
    re_path(r"^calls/(?P<request_id>[0-9a-f]{32})/$", calls.call_detail, name="call-detail"),
]
