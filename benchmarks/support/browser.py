"""A phone's browser on a profile that outlives it: killed, it comes up with what it held."""

import asyncio
import os
import signal
from collections.abc import Awaitable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    "--disable-quic",
]
OPENING_S = 40.0
CLOSING_S = 5.0


async def bounded(deed: Awaitable[T], seconds: float) -> T:
    """Will wait for something so long and no longer.

    Playwright's calls have no limit of their own where a tab has crashed, and ``wait_for`` waits
    for whoever does not let itself be cancelled. Raises: TimeoutError; what the deed raises.
    """
    task = asyncio.ensure_future(deed)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    done, _waiting = await asyncio.wait({task}, timeout=seconds)
    if not done:
        task.cancel()
        raise TimeoutError
    return task.result()


class Profile:
    """One person's browser with a folder of its own.

    cookie: "name=value" of their session, given again at each start since it ends with a browser.
    script: runs in every page before the page's own.
    """

    def __init__(self, folder: Path, url: str, cookie: str, *, script: str) -> None:
        self.folder, self.url, self._cookie, self._script = folder, url, cookie, script
        self.context: Any = None
        self.reboots = 0
        self._playwright: Any = None

    async def open(self, playwright: Any) -> None:
        """Will start the browser. playwright: the asynchronous one."""
        self._playwright = playwright
        await bounded(self._start(), OPENING_S)

    async def _start(self) -> None:
        self.context = await self._playwright.chromium.launch_persistent_context(
            str(self.folder),
            executable_path=CHROMIUM,
            args=ARGUMENTS,
            viewport={"width": 390, "height": 844},
            geolocation={"longitude": 120.01, "latitude": 36.01, "accuracy": 9},
            permissions=["geolocation"],
        )
        self.context.set_default_timeout(10_000)
        name, _equals, value = self._cookie.partition("=")
        await self.context.add_cookies([{"name": name, "value": value, "url": self.url}])
        await self.context.add_init_script(self._script)

    async def page(self) -> Any:
        """Will open a tab."""
        return await bounded(self.context.new_page(), CLOSING_S)

    async def reboot(self) -> None:
        """Will kill the browser with all its processes at once and start it on the same folder."""
        self.reboots += 1
        for number in self._processes():
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        with suppress(Exception):  # it is gone already; only its remains are cleared away
            await bounded(self.context.close(), CLOSING_S)
        (self.folder / "SingletonLock").unlink(missing_ok=True)
        await bounded(self._start(), OPENING_S)

    def _processes(self) -> list[int]:
        """Gives the processes of this profile, and of no other."""
        mine = f"--user-data-dir={self.folder}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError):  # it may end while it is looked at
                if entry.name.isdigit() and mine in (entry / "cmdline").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
        return found

    async def close(self) -> None:
        """Will end the browser."""
        with suppress(Exception):
            await bounded(self.context.close(), CLOSING_S)
