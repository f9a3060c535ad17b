"""Two parts of uvicorn that a connection replaces: flow control, and trailers."""

from uvicorn.protocols.http.flow_control import FlowControl


class Flow(FlowControl):
    """uvicorn's flow control, which does not read on while something is held back."""

    is_held = False

    def resume_reading(self) -> None:
        """Read on, unless something is held back."""
        if not self.is_held:
            super().resume_reading()


class DroppedHeaders(list[tuple[bytes, bytes]]):
    """Drops headers behind a body: they are not the request's."""

    def append(self, header: tuple[bytes, bytes]) -> None:
        """Drop *header*."""
