"""What our processes log, as lines of JSON in a file for each day. Source: OP-07."""

import json
import logging
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class DayFileHandler(logging.Handler):
    """Appends each record as one line to ``<folder>/citybrain-YYYYMMDD.jsonl``.

    Opened for each line and written with one call: any number of processes share a file, and one
    that was removed is made again. A full disk is told on stderr and stops nobody.
    """

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = Path(folder)
        self._folder.mkdir(parents=True, exist_ok=True)

    def emit(self, record: logging.LogRecord) -> None:
        """Will write one line; errors are told as logging tells its own."""
        try:
            at = datetime.fromtimestamp(record.created, tz=UTC)
            line = json.dumps(self._told(record, at), ensure_ascii=False, default=str) + "\n"
            path = self._folder / f"citybrain-{at:%Y%m%d}.jsonl"
            place = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
            try:
                os.write(place, line.encode("utf-8", "replace"))
            finally:
                os.close(place)
        except (OSError, TypeError, ValueError):  # what logging does with a handler that fails
            self.handleError(record)

    def _told(self, record: logging.LogRecord, at: datetime) -> dict[str, Any]:
        told: dict[str, Any] = {
            "at": at.isoformat(), "level": record.levelname.lower(), "program": record.name,
            "text": record.getMessage()[:4000], "pid": record.process,
        }  # fmt: skip
        if record.exc_info:
            told["error"] = logging.Formatter().formatException(record.exc_info)[-4000:]
        return told
