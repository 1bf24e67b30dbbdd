"""Work that must hold up neither the event loop nor the end of the process."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


def run_in_daemon_thread(work: Callable[[], T]) -> asyncio.Future[T]:
    """The result of work in a thread of its own, which nobody waits for at the end: asyncio's own
    threads are joined then. Whoever is tired of waiting sets a result himself.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(tell: Callable[[Any], None], outcome: object) -> None:
        if not future.done():
            tell(outcome)

    def do() -> None:
        outcome: tuple[Callable[[Any], None], object]
        try:
            outcome = future.set_result, work()
        except BaseException as error:
            outcome = future.set_exception, error
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(settle, *outcome)

    threading.Thread(target=do, daemon=True).start()
    return future
