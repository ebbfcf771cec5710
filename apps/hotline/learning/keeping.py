"""The turning of the models with what only the hotline knows: examples, judged reports, drift."""

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_permission
from apps.common import clock
from apps.common.errors import Refused
from apps.common.phrases import points
from apps.hotline.learning import examples
from apps.hotline.learning.comparing import LEAST_JUDGED, compare, drift_of
from apps.nlp import selectors as nlp
from apps.nlp import services as models
from apps.nlp.models import TextModel
from apps.nlp.permissions import KEEP
from apps.notices import services as notices


def train_waiting() -> bool:
    """Will train the version that was ordered, if one waits; seconds to minutes.

    Loads scikit-learn: for a worker only.
    """
    model = models.claim()
    if model is None:
        return False
    examples.collect()
    done = models.train_claimed(model, examples.training_examples())
    if done.author is not None:
        notices.notify(
            recipients=[done.author],
            kind="text_model",
            title=_("文本模型 v%(n)s：%(state)s") % {
                "n": done.number, "state": done.get_state_display(),
            },
            body=done.problem,
            url=reverse("hotline:learning-model", args=[done.number]),
            key=f"text-model:{done.pk}:trained",
        )  # fmt: skip
    return True


def submit(actor: User, *, number: int) -> TextModel:
    """Will ask for the release of the version on trial once enough reports speak for or against.

    The first version of a city has nothing to be compared with. Raises: Refused (too few judged
    reports); what ``nlp.services.submit`` raises.
    """
    model = nlp.get_model(number)
    if nlp.find_serving() is not None and model.shadow_at is not None:
        total = compare(model).total
        if total < LEAST_JUDGED:
            raise Refused(
                _("试用中已判定 %(n)d 件，至少需要 %(least)d 件")
                % {"n": total, "least": LEAST_JUDGED}
            )
    return models.submit(actor, number=number)


def watch_drift() -> int:
    """Will tell the keepers of models what moved since training, once a week each.

    Gives the number of things that moved.
    """
    model = nlp.find_serving()
    found = drift_of(model) if model is not None else []
    if model is None or not found:
        return 0
    year, week, _day = clock.today().isocalendar()
    for drift in found:
        notices.notify(
            recipients=users_with_permission(KEEP),
            kind="text_model",
            title=_("文本模型 v%s 出现漂移") % model.number,
            body=points([drift.sentence, _("建议核对训练数据并训练新版")]),
            url=reverse("hotline:learning"),
            key=f"drift:{model.number}:{drift.kind}:{year}-{week}",
        )
    return len(found)
