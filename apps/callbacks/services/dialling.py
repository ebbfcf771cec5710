"""The call of a call-back: out to the exchange, in no transaction, its number kept."""

from apps.accounts.models import User
from apps.callbacks.services.calling import note_call, order_dial
from apps.hotline.telephony import exchange


def dial(actor: User, *, task_id: int) -> None:
    """Will have the exchange call citizen and agent and keep its number with the call-back.

    Leaves the machine: never inside a transaction. Raises: NotInHand; NotFound (no line, no
    phone); what the adapter raises where the exchange does not answer.
    """
    order = order_dial(actor, task_id=task_id)
    number = exchange().dial(agent=actor.username, line=order.line, phone=order.phone)
    note_call(actor, task_id=task_id, exchange_id=number)
