"""How much one device may send in a second; what is beyond is counted, the others go on.

Each device has a theoretical arrival time (GCRA): a message pushes it on by one cycle, and one
that would push it too far ahead of now is refused. After a pause of ours the queue of the broker
comes all at once: for a while each device is allowed what it could have sent meanwhile.
"""

from dataclasses import dataclass, field

#: Seconds' worth that may come at once.
BURST_S = 10.0
#: A pause is made good for so long, at least.
CATCH_UP_S = 60.0
#: Devices remembered; beyond that those who are quiet are forgotten.
MOST_DEVICES = 200_000


@dataclass
class Allowance:
    """Per device and second. Times are ``time.monotonic()``."""

    per_second: float
    _ahead: dict[str, float] = field(default_factory=dict)
    _pause_s: float = 0.0
    _pardoned_until: float = 0.0

    def pardon(self, pause_s: float, *, now: float) -> None:
        """Will allow for a time in which nothing was taken in."""
        self._pause_s = pause_s
        self._pardoned_until = now + max(CATCH_UP_S, pause_s)

    def takes(self, node: str, *, now: float) -> bool:
        """Will tell whether one more message of a device is taken, and count it if so."""
        if len(self._ahead) > MOST_DEVICES:
            self._ahead = {name: at for name, at in self._ahead.items() if at > now}
        burst = BURST_S + (self._pause_s if now < self._pardoned_until else 0.0)
        then = max(self._ahead.get(node, now), now) + 1 / self.per_second
        if then - now > burst:
            return False
        self._ahead[node] = then
        return True
