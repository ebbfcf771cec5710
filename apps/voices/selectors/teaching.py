"""What dismissals taught: where people said "this is none", more is asked for (TX-03)."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from apps.accounts.models import Tenant
from apps.nlp.phrases import STRONG
from apps.voices.counting import end_of
from apps.voices.enums import TopicSource, TopicState
from apps.voices.models import Topic

#: Of all found at a place and class nobody has dismissed, at most so many by chance.
FALSE_SHARE = 0.05
REMEMBERED = timedelta(days=180)
MOST_STEPS = 6


@dataclass(frozen=True)
class Limit:
    """What a finding must reach. dismissed: how often the same was dismissed of late."""

    value: float
    dismissed: int

    @property
    def sentence(self) -> str:
        """Will say what made it stricter, "" where nothing did."""
        if not self.dismissed:
            return ""
        return _("近 180 天内 %d 次被排除，门槛已提高") % self.dismissed


@dataclass(frozen=True)
class Limits:
    """The limits of a tenant on a day; each dismissal divides the share by ten.

    spots: path of the area and class of each dismissed hot spot.
    """

    spots: tuple[tuple[str, str], ...]
    phrases: Counter[str]

    def of_spot(self, area_path: str, class_code: str) -> Limit:
        """Will give the greatest q at which a class is reported in an area.

        What was dismissed in a street holds in its communities, and the other way round: the
        same reports show in both.
        """
        times = sum(
            code == class_code and (path.startswith(area_path) or area_path.startswith(path))
            for path, code in self.spots
        )
        return Limit(FALSE_SHARE / 10 ** min(MOST_STEPS, times), times)

    def of_phrase(self, text: str) -> Limit:
        """Will give the least G² of a phrase; dismissed ones must be twice as strong each time."""
        times = min(MOST_STEPS, self.phrases[text])
        return Limit(STRONG * 2**times, times)


def limits_of(tenant: Tenant, day: date) -> Limits:
    """Will read what was dismissed in the 180 days before the end of a day; one query."""
    end = end_of(day)
    dismissed = Topic.objects.filter(
        tenant=tenant,
        state=TopicState.DISMISSED,
        changed_at__gte=end - REMEMBERED,
        changed_at__lt=end,
    )
    found = list(dismissed.values_list("source", "area_path", "class_code", "phrase"))
    return Limits(
        tuple((path, code) for source, path, code, _p in found if source == TopicSource.HOT_SPOT),
        Counter(phrase for source, _a, _c, phrase in found if source == TopicSource.PHRASE),
    )
