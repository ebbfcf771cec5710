from django.urls import path

from apps.residents.api import persons, views

urlpatterns = [
    path("codes/", views.CodesView.as_view(), name="api-public-codes"),
    path("sessions/", views.SessionsView.as_view(), name="api-public-sessions"),
    path("me/", views.MeView.as_view(), name="api-public-me"),
    path("me/identity/", views.RealNameView.as_view(), name="api-public-identity"),
    path("me/identity/face/", views.FaceView.as_view(), name="api-public-face"),
    path("me/phone/", views.PhoneView.as_view(), name="api-public-phone"),
    path("me/bindings/", views.BindingsView.as_view(), name="api-public-bindings"),
    path("me/devices/", views.DevicesView.as_view(), name="api-public-devices"),
    path("me/devices/<int:pk>/", views.DeviceView.as_view(), name="api-public-device"),
    path("me/acting/", views.ActingView.as_view(), name="api-public-acting"),
    path("legal-persons/", persons.LegalPersonsView.as_view(), name="api-public-legal-persons"),
    path("agencies/", persons.AgenciesView.as_view(), name="api-public-agencies"),
    path("agencies/<int:pk>/accept/", persons.AcceptView.as_view(), name="api-public-accept"),
    path("agencies/<int:pk>/decline/", persons.DeclineView.as_view(), name="api-public-decline"),
    path("agencies/<int:pk>/revoke/", persons.RevokeView.as_view(), name="api-public-revoke"),
]
