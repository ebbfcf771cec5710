"""Duties ordered with a case: checks of a new application, joining of parts, sealed results."""

from apps.common.models import OutboxMessage
from apps.common.outbox import handles
from apps.guides import services
from apps.guides.extension import ADVANCE_TOPIC, RESULT_TOPIC


@handles(services.CHECK_TOPIC)
def check_application(message: OutboxMessage) -> None:
    services.check_case(message.payload["case_id"])


@handles(ADVANCE_TOPIC)
def join_parts(message: OutboxMessage) -> None:
    services.advance(message.payload["application_id"])


@handles(RESULT_TOPIC)
def make_results(message: OutboxMessage) -> None:
    services.make_results(message.payload["event_id"])
