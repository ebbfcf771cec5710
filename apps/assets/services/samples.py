"""Samples of surveys to be made again (抽查), drawn so that anybody can draw them again."""

import hashlib
import random
import secrets
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.assets import permissions
from apps.assets.models import SurveySample
from apps.assets.selectors import counted_surveys
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.places.models import Area

SIZE_MAX = 500


@transaction.atomic
def draw_sample(actor: User, *, area: Area, since: date, until: date, size: int) -> SurveySample:
    """Will draw surveys made in an area between two days, both included, at random.

    Fewer are drawn where there are fewer. The seed is made by the system and kept.
    Raises: NotAllowed; InvalidInput (fields "size", "until", "area": nothing to draw from).
    """
    permissions.require_rule(actor)
    permissions.require_rule_in(actor, area)
    if not 1 <= size <= SIZE_MAX:
        raise InvalidInput(_("抽取数须在 1 到 %(n)d 之间") % {"n": SIZE_MAX}, field="size")
    if until < since:
        raise InvalidInput(_("截止日不能早于起始日"), field="until")
    found = counted_surveys(area).filter(made_at__date__gte=since, made_at__date__lte=until)
    keys = list(found.values_list("pk", flat=True))
    if not keys:
        raise InvalidInput(_("该范围和时段内没有可抽查的普查"), field="area")
    seed = secrets.token_hex(16)
    drawn = drawn_keys(keys, seed=seed, size=size)
    sample = SurveySample.objects.create(
        area=area,
        since=since,
        until=until,
        seed=seed,
        population=len(keys),
        digest=digest_of(keys),
        size=len(drawn),
        drawn_by=actor,
        drawn_at=clock.now(),
    )
    sample.surveys.set(drawn)
    audit.record(
        actor,
        "survey_sample.drawn",
        object_type="survey_sample",
        object_id=sample.pk,
        object_label=str(sample),
        data={"seed": seed, "population": len(keys), "digest": sample.digest, "drawn": drawn},
    )
    return sample


def drawn_keys(keys: list[int], *, seed: str, size: int) -> list[int]:
    """Will give the keys this seed draws from these, in order."""
    # Not a secret: the seed comes from the system's generator and is published with the draw.
    chosen = random.Random(seed).sample(sorted(keys), min(size, len(keys)))  # noqa: S311
    return sorted(chosen)


def digest_of(keys: list[int]) -> str:
    """Will give the digest of the keys drawn from, in order, joined by commas."""
    return hashlib.sha256(",".join(str(key) for key in sorted(keys)).encode()).hexdigest()
