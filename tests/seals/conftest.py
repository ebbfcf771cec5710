from pathlib import Path
from typing import Any

import pytest

from tests.cast import Cast
from tests.seals import factories
from tests.seals.factories import Hall


@pytest.fixture(autouse=True)
def own_ground(live: str, settings: Any, tmp_path: Path) -> None:
    """Keys and documents lie in the test's own folder, counters of verifying begin at 0."""
    settings.SEALS_DIR = tmp_path / "seals"
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def people(cast: Cast) -> Hall:
    return factories.hall(cast)
