"""What a matter gives out, as a document drawn here and asked to be sealed. Source: ES-07.

Called by the apps that grant something; the way is everybody's: whoever granted asks, by the
grant of the own post, and another person approves before a worker seals.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import Refused
from apps.seals.enums import Rule, SealState
from apps.seals.models import Seal, SealUse
from apps.seals.pdf import writing
from apps.seals.services.documents import take_document
from apps.seals.services.uses import NewUse, Wanted, ask_use, submit_use


@dataclass(frozen=True)
class Result:
    """A paper or certificate to be handed out. lines: (label, value) as they stand on it.

    seal: code. key: the same key by the same person is the same request. day: as written.
    """

    seal: str
    title: str
    lines: Sequence[tuple[str, str]]
    day: str
    matter: str
    case_number: str
    key: str


def ask_for_result(actor: User, *, result: Result) -> SealUse:
    """Will draw the document and ask for its seal; it waits for another person's approval.

    Raises: Refused (the seal is not in use, no Chinese font, the grant is spent); NotAllowed
        (the actor's posts were not granted the seal for this matter); InvalidInput.
    """
    known = SealUse.objects.filter(requested_by=actor, key=result.key).first()
    if known is not None:
        return known
    seal = Seal.objects.select_related("unit").filter(code=result.seal).first()
    if seal is None or seal.state != SealState.ACTIVE:
        raise Refused(_("印章 %(code)s 不存在或未启用") % {"code": result.seal}, code="seal_state")
    paper = writing.Paper(result.title, result.lines, seal.unit_name, result.day)
    document = take_document(ContentFile(writing.write(paper), name="result.pdf"))
    x, y = writing.SEAL_AT_MM
    wanted = Wanted(seal, Rule.POINT, 1, x + 20 - seal.width_mm / 2, y)
    use = ask_use(
        actor,
        new=NewUse(
            title=result.title, document=document, reason=_("办理结果送达"), wanted=[wanted],
            matter=result.matter, case_number=result.case_number, key=result.key,
        ),
    )  # fmt: skip
    return submit_use(actor, use_id=use.pk)
