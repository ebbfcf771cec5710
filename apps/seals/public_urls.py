from django.urls import path

from apps.seals.views import public

app_name = "seals-public"

urlpatterns = [
    path("", public.verify, name="verify"),
    path("authorities.pem", public.authorities, name="authorities"),
    path("revoked.pem", public.lists, name="revoked"),
    path("<str:code>/", public.verify_code, name="verify-code"),
]
