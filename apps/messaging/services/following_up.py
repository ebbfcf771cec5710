"""What a message means without an agent: an answer, a score, more about the open case.

Only what is certain is done: exactly one case that asks for it, or the message it answers. What
could mean two things waits for an agent (HL-06, HL-10).
"""

import re

from django.db import transaction
from django.utils.translation import gettext as _

from apps.common.errors import DomainError
from apps.hotline.enums import Nature
from apps.matters.actors import Reporter
from apps.matters.enums import EvaluationSource
from apps.matters.models import Case, Evaluation
from apps.matters.selectors import offered_actions
from apps.matters.services import NewFile, perform
from apps.messaging.enums import MessageKind
from apps.messaging.models import Conversation, Message
from apps.messaging.registry import Incoming
from apps.messaging.selectors.cases import cases_of
from apps.messaging.services.commands import obey
from apps.messaging.services.sending import order
from apps.messaging.services.turning import nature_of, register_by_rule

_SCORE = re.compile(r"\s*(?:评价|評價)?\s*([1-5１-５])\s*分?\s*[。.]?\s*")
FILES_MOST = 9


def answer_by_itself(conversation: Conversation, message: Message, incoming: Incoming) -> bool:
    """Will do what the message certainly means; True where no agent has to answer it.

    The conversation is locked by the caller. What the engine refuses waits for an agent.
    """
    if obey(conversation, message):
        return True
    cases = cases_of(conversation)
    answered = _case_of_thread(conversation, incoming.thread, cases)
    if answered is not None:
        return _complete(message, [answered]) or _attach(message, [answered])
    if _rate(conversation, message, cases):
        return True
    rule = conversation.account.intake_rule
    usual = Nature(conversation.account.nature)
    if nature_of(rule, message.text, usual) is not None and register_by_rule(conversation, message):
        return True
    running = [case for case in cases if not case.is_ended]
    return _complete(message, running) or _attach(message, running)


def _case_of_thread(
    conversation: Conversation, thread: tuple[str, ...], cases: list[Case]
) -> Case | None:
    """The case of the letter this one answers, if it is one of the citizen's."""
    if not thread:
        return None
    told = Message.objects.filter(
        conversation=conversation, provider_id__in=thread, case__isnull=False
    )
    case_ids = set(told.values_list("case_id", flat=True))
    meant = [case for case in cases if case.pk in case_ids and not case.is_ended]
    return meant[0] if len(meant) == 1 else None


def _complete(message: Message, running: list[Case]) -> bool:
    """Gives the addition to the one case that asks for it."""
    asking = [case for case in running if "complete" in _offered(case)]
    if len(asking) != 1 or not message.text.strip():
        return False
    case = asking[0]
    files = [NewFile(one.file, one.name) for one in message.files.select_related("file")]
    if not _done(case, "complete", {"addition": message.text.strip()[:2000]}, message, files):
        return False
    _say(message, case, _("已收到您的补充，已附到诉求 %(number)s。"))
    return True


def _rate(conversation: Conversation, message: Message, cases: list[Case]) -> bool:
    """Takes a single figure from 1 to 5 as the score of the one case that may be scored."""
    found = _SCORE.fullmatch(message.text)
    if found is None:
        return False
    scored = [c for c in cases if c.is_ended and "evaluate" in _offered(c) and not _is_rated(c)]
    if len(scored) != 1:
        return False
    data = {"acceptance_score": "", "result_score": str(int(found.group(1))), "solved": ""}
    if not _done(scored[0], "evaluate", data | {"comment": ""}, message, []):
        return False
    _say(message, scored[0], _("感谢您对诉求 %(number)s 的评价。"))
    return True


def _attach(message: Message, running: list[Case]) -> bool:
    """Puts the message beside the only open case; an agent still reads it. Gives False."""
    if len(running) == 1:
        _set_case(message, running[0])
        _say(message, running[0], _("您的来信已附到诉求 %(number)s，工作人员会查看。"))
    return False


def _done(
    case: Case, action: str, data: dict[str, str], message: Message, files: list[NewFile]
) -> bool:
    try:
        with transaction.atomic():
            perform(
                Reporter(case_id=case.pk),
                case_id=case.pk,
                action=action,
                data=data,
                key=f"message:{message.pk}",
                files=files[:FILES_MOST],
            )
    except DomainError:
        return False
    _set_case(message, case)
    return True


def _set_case(message: Message, case: Case) -> None:
    message.case = case
    message.save(update_fields=["case"])


def _say(message: Message, case: Case, words: str) -> None:
    order(
        message.conversation,
        kind=MessageKind.REPLY,
        text=words % {"number": case.number},
        key=f"follow:{message.pk}",
        case=case,
    )


def _offered(case: Case) -> set[str]:
    return {action.code for action in offered_actions(Reporter(case_id=case.pk), case)}


def _is_rated(case: Case) -> bool:
    return Evaluation.objects.filter(
        case=case, round=case.round, source=EvaluationSource.CITIZEN
    ).exists()
