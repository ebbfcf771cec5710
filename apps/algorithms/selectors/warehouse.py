"""Algorithms, versions, and which version a name means now."""

import hashlib
from collections.abc import Callable

from django.db.models import Count, F, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from apps.algorithms.enums import AliasName, State
from apps.algorithms.models import Algorithm, AlgorithmVersion, Alias, Evaluation, SampleSet
from apps.common.errors import NotFound, Refused


def list_algorithms(*, text: str = "", task: str = "", state: str = "") -> QuerySet[Algorithm]:
    """Will list algorithms with their versions and aliases, by code.

    text: part of name, code or vendor. state: of any of the versions.
    """
    found = Algorithm.objects.prefetch_related(
        Prefetch("versions", AlgorithmVersion.objects.order_by("-pk")),
        Prefetch("aliases", Alias.objects.select_related("version", "area")),
    )
    if text:
        part = Q(name__icontains=text) | Q(code__icontains=text) | Q(vendor__icontains=text)
        found = found.filter(part)
    if task:
        found = found.filter(task=task)
    if state:
        found = found.filter(versions__state=state).distinct()
    return found.order_by("code")


def get_algorithm(code: str) -> Algorithm:
    """Raises: NotFound."""
    found = list_algorithms().filter(code=code).first()
    if found is None:
        raise NotFound(_("没有这个算法"))
    return found


def get_version(pk: int) -> AlgorithmVersion:
    """Raises: NotFound."""
    found = AlgorithmVersion.objects.select_related("algorithm", "made_by", "published_by")
    version = found.filter(pk=pk).first()
    if version is None:
        raise NotFound(_("没有这个算法版本"))
    return version


def resolve(
    code: str, *, area_path: str = "", subject: str = "", canary: bool = True
) -> AlgorithmVersion:
    """Will give the version that work in an area runs now.

    subject: the code of the camera that is looked at, "" for none; see ``version_picker``.
    canary: False for production only.

    Raises: NotFound (no such algorithm); Refused (nothing is published under its name).
    """
    return version_picker(code, canary=canary)(area_path, subject)


def version_picker(code: str, *, canary: bool = True) -> Callable[[str, str], AlgorithmVersion]:
    """Will give what tells of an area's path and a camera's code the version meant now.

    Aliases of areas around the place come before the one for everywhere, the smallest area
    first, and in one area canary before production. A canary is meant by its share of the
    cameras, always the same ones, and by work without a camera only where the share is whole
    and an area is named. Aliases are read once: for one piece of work, or for one page.

    Raises (when asked): NotFound (no such algorithm); Refused (nothing is published).
    """
    aliases = list(
        Alias.objects.filter(algorithm__code=code, version__state=State.PUBLISHED).select_related(
            "area", "version__algorithm"
        )
    )

    def pick(area_path: str, subject: str) -> AlgorithmVersion:
        best: tuple[tuple[int, int], AlgorithmVersion] | None = None
        for alias in aliases:
            is_canary = alias.name == AliasName.CANARY
            if is_canary and not (canary and _is_meant(alias, code, subject)):
                continue
            if alias.area is not None and not area_path.startswith(alias.area.path):
                continue
            rank = (len(alias.area.path) if alias.area else 0, int(is_canary))
            if best is None or rank > best[0]:
                best = (rank, alias.version)
        if best is not None:
            return best[1]
        if not Algorithm.objects.filter(code=code).exists():
            raise NotFound(_("没有这个算法"))
        raise Refused(_("该算法没有可用的已发布版本"))

    return pick


def place_of(code: str, subject: str) -> int:
    """Will give where a camera stands among all for one algorithm, 0 to 99, always the same.

    By SHA-256, so a larger share keeps the cameras of a smaller one, and another algorithm is
    tried on other cameras.
    """
    digest = hashlib.sha256(f"{code}\n{subject}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % 100


def _is_meant(alias: Alias, code: str, subject: str) -> bool:
    if not subject:
        return alias.area is not None and alias.share == 100
    return place_of(code, subject) < alias.share


def evaluations_of(algorithm: Algorithm, most: int = 20) -> QuerySet[Evaluation]:
    """Will list the last measurements of any version."""
    found = Evaluation.objects.filter(version__algorithm=algorithm)
    return found.select_related("version", "sample_set", "made_by").order_by("-pk")[:most]


def version_text(version: AlgorithmVersion) -> str:
    """Will name a version as results carry it: ``line-count@1.0``."""
    return f"{version.algorithm.code}@{version.version}"


def list_sample_sets() -> QuerySet[SampleSet]:
    """Will list the sets to measure on; ``many``: samples, ``measured``: evaluations on it."""
    return SampleSet.objects.annotate(
        many=Count("samples", distinct=True), measured=Count("evaluations", distinct=True)
    ).order_by("code")


def get_sample_set(code: str) -> SampleSet:
    """Raises: NotFound."""
    found = list_sample_sets().filter(code=code).first()
    if found is None:
        raise NotFound(_("没有这个评测集"))
    return found


def scores_of(chosen: SampleSet) -> QuerySet[Evaluation]:
    """Will list how each version did on a set when it was measured last, the best first."""
    newest = chosen.evaluations.order_by("version_id", "-pk").distinct("version_id")
    found = Evaluation.objects.filter(pk__in=newest.values("pk"))
    return found.select_related("version__algorithm").order_by(
        F("sheet__f1").desc(nulls_last=True), "-pk"
    )


def find_sets_for(version: AlgorithmVersion) -> QuerySet[SampleSet]:
    """Will list the sets this version may be measured on."""
    fitting = SampleSet.objects.filter(task=version.algorithm.task, output=version.output)
    return fitting.order_by("code")
