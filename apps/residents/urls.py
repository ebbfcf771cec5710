from django.urls import path

from apps.residents.views import accounts, persons

app_name = "residents"

urlpatterns = [
    path("", accounts.account_list, name="account-list"),
    path("<int:pk>/", accounts.account_detail, name="account-detail"),
    path("<int:pk>/reveal/", accounts.account_reveal, name="account-reveal"),
    path("<int:pk>/merge/<int:other>/", accounts.account_merge, name="account-merge"),
    path("<int:pk>/devices/<int:session>/end/", accounts.device_end, name="device-end"),
    path("<int:pk>/<slug:deed>/", accounts.account_deed, name="account-deed"),
    path("legal-persons/", persons.person_list, name="person-list"),
    path("legal-persons/<int:pk>/", persons.person_detail, name="person-detail"),
    path("legal-persons/<int:pk>/<slug:deed>/", persons.person_deed, name="person-deed"),
    path("agencies/<int:pk>/revoke/", persons.agency_revoke, name="agency-revoke"),
]
