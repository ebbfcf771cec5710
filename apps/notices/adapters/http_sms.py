"""Text messages through a gateway that takes JSON.

``POST {"to", "text", "key"}`` to ``settings.SMS_HTTP_URL`` with ``Authorization: Bearer``
``settings.SMS_HTTP_TOKEN``; the answer is ``{"id": …}``. Another dialect is another adapter.
"""

from django.conf import settings

from apps.common.errors import InvalidInput
from apps.common.http import CallFailed, post_json
from apps.notices.registry import AdapterError, Message

TIMEOUT_S = 5.0
_LATER = {408, 425, 429}


class HttpSmsAdapter:
    """4xx is a refusal for good (but 408, 425, 429); 5xx and silence may pass."""

    def send(self, message: Message) -> str:
        headers = {"Idempotency-Key": message.key}
        if settings.SMS_HTTP_TOKEN:
            headers["Authorization"] = f"Bearer {settings.SMS_HTTP_TOKEN}"
        body = {"to": message.to, "text": message.text, "key": message.key}
        try:
            answer = post_json(settings.SMS_HTTP_URL, body, headers=headers, timeout_s=TIMEOUT_S)
        except InvalidInput as error:
            raise AdapterError("gateway address not listed", retryable=True) from error
        except CallFailed as error:
            raise AdapterError(str(error), retryable=True) from error
        if not 200 <= answer.status < 300:
            retryable = answer.status >= 500 or answer.status in _LATER
            raise AdapterError(f"gateway answered {answer.status}", retryable=retryable)
        try:
            return str(answer.json().get("id", ""))[:200]
        except (ValueError, AttributeError):
            return ""  # accepted without a number; sending again would double it
