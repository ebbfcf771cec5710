"""What one run of a job leaves to the next: backgrounds learnt, spells that go on.

A file below MEDIA_ROOT for each job and version of its settings; whatever is not readable is
learnt anew. Arrays and plain values only, never pickled.
"""

import json
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from apps.analysis.models import AnalysisJob

MOST_BYTES = 16 * 2**20


def load(job: AnalysisJob, algorithm: str) -> dict[str, Any]:
    """Will give what the last run left; nothing where settings or algorithm have changed."""
    path = _path(job, algorithm)
    try:
        if path.stat().st_size > MOST_BYTES:
            return {}
        with np.load(path, allow_pickle=False) as held:
            found: dict[str, Any] = {name: held[name] for name in held.files}
        plain = json.loads(str(found.pop("plain")))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return {}
    return found | plain


def save(job: AnalysisJob, algorithm: str, memory: dict[str, Any]) -> None:
    """Will lay it down whole or not at all."""
    arrays: dict[str, Any] = {
        name: part for name, part in memory.items() if isinstance(part, np.ndarray)
    }
    plain = {name: part for name, part in memory.items() if name not in arrays}
    path = _path(job, algorithm)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".part-", suffix=".npz")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez_compressed(file, **(arrays | {"plain": np.asarray(json.dumps(plain))}))
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def forget(job: AnalysisJob) -> None:
    """Will forget everything a job has learnt."""
    for path in _folder().glob(f"{job.pk}-*.npz"):
        path.unlink(missing_ok=True)


def _path(job: AnalysisJob, algorithm: str) -> Path:
    return _folder() / f"{job.pk}-{job.version}-{algorithm.replace('@', '-')}.npz"


def _folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "analysis"
