"""The three ports of one embedded Atlas."""

from __future__ import annotations

from include.sandbox.ports import PortReservation


class AtlasPorts(PortReservation):
    """HTTP, ZooKeeper and Kafka."""

    def __init__(self, requested_port: int) -> None:
        """Reserves all three.

        Args:
            requested_port: The HTTP port, 0 for any.

        Raises:
            SandboxError: The port is taken.
        """
        super().__init__()
        try:
            self.http = self.claim(requested_port)
            self.zookeeper = self.claim()
            self.kafka = self.claim()
        except BaseException:
            self.release()
            raise
