"""TLS: how many days the certificate is still good for, whoever issued it."""

import asyncio
import contextlib
import ssl

from cryptography import x509
from django.utils.translation import gettext as _

from apps.common import clock
from apps.monitoring.probes.wire import Answer, Question, Silent


async def ask(question: Question) -> Answer:
    """Will shake hands and read the certificate. Figure: days_left, negative once it is over.

    Nothing is sent over the connection, so it is not verified: a self-made certificate runs out
    like any other. Raises: Silent (no TLS there, or not valid yet).
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    name = str(question.settings.get("name", "")) or question.host
    try:
        _reader, writer = await asyncio.open_connection(
            question.host, question.port, ssl=context, server_hostname=name
        )
    except (OSError, ValueError) as error:
        raise Silent(_("不能建立加密连接：%(why)s") % {"why": str(error)[:100]}) from error
    try:
        der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        certificate = x509.load_der_x509_certificate(der)
    except (ValueError, TypeError) as error:
        raise Silent(_("证书无法解析")) from error
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    now = clock.now()
    if certificate.not_valid_before_utc > now:
        raise Silent(_("证书尚未生效"))
    left = certificate.not_valid_after_utc - now
    return Answer({"days_left": round(left.total_seconds() / 86400, 3)})
