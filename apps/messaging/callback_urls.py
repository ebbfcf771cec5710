"""Addresses for programs; apart from the pages."""

from django.urls import path

from apps.messaging.views import callbacks

app_name = "messaging-in"

urlpatterns = [
    path("wechat/<slug:code>/", callbacks.wechat_callback, name="wechat"),
    path("sms/<slug:code>/", callbacks.sms_callback, name="sms"),
    path("line/<slug:code>/", callbacks.line_callback, name="line"),
]
