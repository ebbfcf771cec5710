"""A handler for the little web servers of tests: what they were asked goes to the debug log."""

import logging
from http.server import BaseHTTPRequestHandler
from typing import Any

logger = logging.getLogger(__name__)


class QuietHandler(BaseHTTPRequestHandler):
    """Answers as its subclass says and leaves the test's output alone."""

    def log_message(self, format: str, *args: Any) -> None:
        """Will note a request where somebody looks for it."""
        logger.debug(format, *args)
