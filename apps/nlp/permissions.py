"""Who trains text models and who lets them serve. Pure predicates."""

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.services import Actor
from apps.common.errors import NotAllowed
from apps.nlp.models import TextModel

KEEP = "nlp.keep_models"
RELEASE = "nlp.release_models"
READERS = (KEEP, RELEASE)
#: Looking at texts that warn; the hotline shows them.
ALERTS = "nlp.see_alerts"
#: The words that classify and the words that warn, in the console.
EDIT_WORDS = "nlp.edit_words"


def can_read(viewer: User) -> bool:
    """Will tell whether the viewer sees the models and what they learn from."""
    return any(viewer.has_perm(right) for right in READERS)


def can_keep(actor: Actor) -> bool:
    """Will tell whether the actor trains models; the product itself may."""
    return not isinstance(actor, User) or actor.has_perm(KEEP)


def can_release(actor: Actor, model: TextModel) -> bool:
    """Will tell whether the actor is the second person for this model."""
    own = actor.pk is not None and actor.pk in (model.author_id, model.submitter_id)
    return isinstance(actor, User) and actor.has_perm(RELEASE) and not own


def require_reader(viewer: User) -> None:
    """Raises: NotAllowed."""
    if not can_read(viewer):
        raise NotAllowed(_("您没有查看文本模型的权限"))


def require_keep(actor: Actor) -> None:
    """Raises: NotAllowed."""
    if not can_keep(actor):
        raise NotAllowed(_("您没有训练文本模型的权限"))


def require_release(actor: Actor, model: TextModel) -> None:
    """Raises: NotAllowed (no releaser; trained or submitted it)."""
    if actor.pk is not None and actor.pk in (model.author_id, model.submitter_id):
        raise NotAllowed(_("训练人和送审人不能发布自己的模型，请由另一人发布"))
    if not can_release(actor, model):
        raise NotAllowed(_("您没有发布文本模型的权限"))


def require_releaser(actor: Actor) -> None:
    """Raises: NotAllowed."""
    if not isinstance(actor, User) or not actor.has_perm(RELEASE):
        raise NotAllowed(_("您没有发布文本模型的权限"))
