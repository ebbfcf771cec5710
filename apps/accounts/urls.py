from django.urls import include, path

from apps.accounts.views import (
    assurance,
    certificates,
    duplicates,
    organizations,
    people,
    profile,
    recovery,
    roles,
    sms,
)

app_name = "accounts"

urlpatterns = [
    path("", people.person_list, name="person-list"),
    path("new/", people.person_create, name="person-create"),
    path("export/", people.person_export, name="person-export"),
    path("<int:pk>/", people.person_detail, name="person-detail"),
    path("<int:pk>/edit/", people.person_edit, name="person-edit"),
    path("<int:pk>/phone/", people.person_phone, name="person-phone"),
    path("<int:pk>/appoint/", people.person_appoint, name="person-appoint"),
    path("<int:pk>/reset-password/", people.person_reset_password, name="person-reset-password"),
    path("<int:pk>/proof/", assurance.person_proof, name="person-proof"),
    path("<int:pk>/certificates/", certificates.person_certificates, name="person-certificates"),
    path("<int:pk>/<slug:deed>/", people.person_deed, name="person-deed"),
    path("appointments/<int:pk>/end/", people.appointment_end, name="appointment-end"),
    path("organizations/", organizations.organization_tree, name="organization-tree"),
    path("organizations/new/", organizations.organization_create, name="organization-create"),
    path("organizations/<int:pk>/", organizations.organization_detail, name="organization-detail"),
    path("organizations/<int:pk>/edit/", organizations.organization_edit, name="organization-edit"),
    path("organizations/<int:pk>/move/", organizations.organization_move, name="organization-move"),
    path(
        "organizations/<int:pk>/close/", organizations.organization_close, name="organization-close"
    ),
    path("organizations/<int:pk>/posts/new/", organizations.post_create, name="post-create"),
    path("posts/<int:pk>/roles/", roles.post_roles, name="post-roles"),
    path("duplicates/", duplicates.duplicate_list, name="duplicate-list"),
    path(
        "duplicates/<int:kept_id>/<int:dropped_id>/",
        duplicates.duplicate_merge,
        name="duplicate-merge",
    ),
    path("roles/", roles.role_matrix, name="role-matrix"),
    path("roles/<int:pk>/", roles.role_permissions, name="role-permissions"),
    path("approvals/", include("apps.accounts.approvals.urls")),
    path("me/", profile.profile, name="profile"),
    path("assurance/", assurance.overview, name="assurance"),
    path("assurance/roles/<int:pk>/", assurance.role_requirement, name="role-requirement"),
    path("step-up/<str:token>/", assurance.step_up, name="step-up"),
    path("factor-due/", assurance.factor_due, name="factor-due"),
    path("factors/sms/", sms.sms_manage, name="sms-manage"),
    path("factors/sms/enter/", sms.sms_enter, name="sms-enter"),
    path("factors/sms/again/", sms.SmsReauthenticate.as_view(), name="sms-reauthenticate"),
    path("factors/certificates/", certificates.own_certificates, name="certificates"),
    path(
        "factors/certificates/<int:pk>/end/", certificates.certificate_end, name="certificate-end"
    ),
    path(
        "factors/certificate/sign-in/", certificates.certificate_sign_in, name="certificate-sign-in"
    ),
    path("factors/certificate/enter/", certificates.certificate_enter, name="certificate-enter"),
    path(
        "factors/certificate/again/",
        certificates.CertificateReauthenticate.as_view(),
        name="certificate-reauthenticate",
    ),
    path("recovery/", recovery.recovery_list, name="recovery-list"),
    path("recovery/ask/", recovery.recovery_ask, name="recovery-ask"),
    path("recovery/code/", recovery.enrolment_code, name="enrolment-code"),
    path("recovery/<int:pk>/", recovery.recovery_detail, name="recovery-detail"),
    path("me/sessions/<int:pk>/end/", profile.session_end, name="session-end"),
]
