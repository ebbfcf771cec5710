"""E-mail through Django's mail settings."""

import hashlib
import smtplib

from django.core.mail import EmailMessage

from apps.notices.registry import AdapterError, Message


class EmailAdapter:
    """The Message-ID is made from the key: a repeat is the same mail to the reader's program."""

    def send(self, message: Message) -> str:
        name = hashlib.sha256(message.key.encode()).hexdigest()[:32]
        message_id = f"<{name}@citybrain.local>"
        mail = EmailMessage(
            subject=" ".join(message.subject.split()),  # a line break would add a header
            body=message.text,
            to=[message.to],
            headers={"Message-ID": message_id},
        )
        try:
            mail.send()
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, ValueError) as error:
            raise AdapterError(str(error), retryable=False) from error
        except (smtplib.SMTPException, OSError) as error:
            raise AdapterError(str(error), retryable=True) from error
        return message_id
