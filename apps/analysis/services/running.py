"""One run of a job in a worker: frames from the decoder's process, marks from the algorithm.

Nothing is written here; ``settling`` writes everything at once when the run ends and its lease
still stands. Source: VD-09, VD-10.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from apps.algorithms.contract import Frame, Output, Pixels
from apps.algorithms.errors import ModelFailed
from apps.algorithms.models import AlgorithmVersion
from apps.algorithms.registry import Done, Renew
from apps.algorithms.selectors import version_text
from apps.algorithms.services import plugin_of
from apps.analysis import memory, snapshots
from apps.analysis.models import AnalysisJob
from apps.analysis.services.settling import Seen, settle
from apps.common import clock
from apps.decoding import services as decoding
from apps.video.errors import NoPicture
from apps.video.services import open_stream

SIZE = (640, 360)
RENEW_S = 30.0
_PICTURED = ("began", "goes_on")


@dataclass
class _Run:
    """What one run gathers: frames looked at, every mark, a picture for each new finding."""

    job: AnalysisJob
    began_at: datetime
    zero: datetime
    frames: int = 0
    ms: float = 0.0
    last_s: float = 0.0
    scalar: float | None = None
    seen: list[Seen] = field(default_factory=list)
    pictures: dict[tuple[str, float], tuple[bytes, bytes]] = field(default_factory=dict)

    def at(self, seconds: float) -> datetime:
        """Gives a moment of the job's own clock as time."""
        return self.zero + timedelta(seconds=seconds)


def run_job(payload: Mapping[str, Any], renew: Renew) -> Done:
    """Will look through a job's camera for one window; what it found is for ``Done.apply``."""
    job = AnalysisJob.objects.select_related("camera__asset", "unit", "area", "algorithm").get(
        pk=payload["job"]
    )
    version = AlgorithmVersion.objects.select_related("algorithm").get(pk=payload["version"])
    text = version_text(version)
    run = _Run(job, clock.now(), job.created_at)
    kept = memory.load(job, text)
    ending, why = _look(run, version, kept, renew)
    took = round(run.ms)

    def apply() -> None:
        settle(
            job_id=job.pk, job_version=job.version, algorithm=text, is_hint=_is_hint(version),
            parameters=_parameters(job, version), started_at=run.began_at, ended_at=clock.now(),
            seen=run.seen, pictures=run.pictures, frames=run.frames, ms=took, ending=ending,
            text=why, scalar=run.scalar, looked_until=run.at(run.last_s),
        )  # fmt: skip
        if run.frames:
            memory.save(job, text, kept)

    return Done({"frames": run.frames, "ending": ending}, apply, ms=took, frames=run.frames)


def _look(
    run: _Run, version: AlgorithmVersion, kept: dict[str, Any], renew: Renew
) -> tuple[str, str]:
    job = run.job
    try:
        stream = open_stream(job.camera)
    except NoPicture as error:
        return "no_stream", str(error)
    is_file = not stream.address
    source = decoding.Source(
        url="" if is_file else stream.url,
        path=stream.url if is_file else "",
        address=stream.address.rsplit(":", 1)[0].strip("[]"),
    )
    limits = decoding.Limits(
        wall_s=4.0 * job.window_s + 30, cpu_s=4 * job.window_s + 30,
        frames=int(job.window_s * job.per_second) + 10,
    )  # fmt: skip
    plugin = plugin_of(version, parameters=job.parameters, drawing=job.drawing | {"memory": kept})
    with decoding.frames(
        source, seconds=job.window_s, per_second=job.per_second, size=SIZE, limits=limits
    ) as frames:
        held: list[Pixels] = []
        try:
            for output in plugin(_numbered(run, frames, held, renew)):
                _take(run, output, held[-1])
        except ModelFailed as error:
            return "model", error.text
    return str(frames.ending), frames.text


def _numbered(
    run: _Run, frames: "decoding.Stream", held: list[Pixels], renew: Renew
) -> Iterator[Frame]:
    """Gives frames by the job's own clock; holds the last one for a picture of what is seen."""
    start = (run.began_at - run.zero).total_seconds()
    renewed = time.monotonic()
    for frame in frames:
        if time.monotonic() - renewed > RENEW_S:
            if not renew():
                return
            renewed = time.monotonic()
        held[:] = [frame.picture]
        run.last_s = start + frame.at_s
        begun = time.perf_counter()
        yield Frame(run.last_s, frame.picture)
        run.ms += (time.perf_counter() - begun) * 1000
        run.frames += 1


def _take(run: _Run, output: Output, pixels: Pixels) -> None:
    if output.scalar is not None:
        run.scalar = output.scalar
    for mark in output.marks:
        if mark["mark"] == "crossed":
            run.seen.append(
                Seen("crossed", mark["line"], run.at(output.at_s), run.at(output.at_s),
                     label=mark["label"], way=mark["way"])
            )  # fmt: skip
            continue
        key = (mark["zone"], round(mark["since_s"], 3))
        box = mark.get("box")
        facts = {name: mark[name] for name in mark if name not in _KNOWN}
        run.seen.append(
            Seen(
                mark["mark"], mark["zone"], run.at(mark["since_s"]), run.at(mark["at_s"]),
                value=mark["value"], box=box, facts=facts, since_s=key[1],
            )
        )  # fmt: skip
        if mark["mark"] in _PICTURED and key not in run.pictures:
            run.pictures[key] = (
                snapshots.blurred(pixels, run.job.drawing, mark["zone"], box),
                snapshots.as_taken(pixels),
            )


_KNOWN = {"mark", "zone", "since_s", "at_s", "value", "box"}


def _parameters(job: AnalysisJob, version: AlgorithmVersion) -> dict[str, float]:
    told = version.manifest.get("parameters", [])
    return {one["code"]: one["default"] for one in told} | job.parameters


def _is_hint(version: AlgorithmVersion) -> bool:
    return bool(version.manifest.get("is_hint"))
