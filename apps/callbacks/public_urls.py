from django.urls import path

from apps.callbacks.views import public

app_name = "callbacks-public"

urlpatterns = [path("<str:token>/", public.answer, name="answer")]
