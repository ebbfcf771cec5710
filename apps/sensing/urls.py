from django.urls import path

from apps.sensing.views import claims, connections, devices, profiles

app_name = "sensing"

urlpatterns = [
    path("", devices.device_list, name="device-list"),
    path("export/", devices.device_export, name="device-export"),
    path("import/", devices.device_import, name="device-import"),
    path("register/", devices.device_register, name="device-register"),
    path("<int:pk>/", devices.device_detail, name="device-detail"),
    path("<int:pk>/readings/export/", devices.reading_export, name="reading-export"),
    path("claims/", claims.claim_list, name="claim-list"),
    path("claims/new/", claims.claim_new, name="claim-new"),
    path("claims/<int:pk>/end/", claims.claim_end, name="claim-end"),
    path("<int:pk>/place/", claims.device_place, name="device-place"),
    path("connection/", connections.connection, name="connection"),
    path("connection/ca.crt", connections.authority, name="connection-authority"),
    path("refusals/", devices.refusal_list, name="refusal-list"),
    path("<int:pk>/key/", devices.key_rotate, name="key-rotate"),
    path("<int:pk>/keys/<int:key_id>/end/", devices.key_end, name="key-end"),
    path("<int:pk>/active/", devices.device_active, name="device-active"),
    path("profiles/", profiles.profile_list, name="profile-list"),
    path("profiles/new/", profiles.profile_edit, name="profile-new"),
    path("profiles/<slug:code>/", profiles.profile_edit, name="profile-edit"),
]
