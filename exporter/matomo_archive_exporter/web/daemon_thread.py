"""Run work without blocking the event loop or the exit of the process."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


def run_in_daemon_thread(work: Callable[[], T]) -> asyncio.Future[T]:
    """The result of work in a daemon thread. The exit does not wait for it, as it would for
    asyncio's own threads. A caller that stops waiting sets a result itself.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def resolve(set_outcome: Callable[[Any], None], outcome: object) -> None:
        if not future.done():
            set_outcome(outcome)

    def do() -> None:
        outcome: tuple[Callable[[Any], None], object]
        try:
            outcome = future.set_result, work()
        except BaseException as error:
            outcome = future.set_exception, error
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(resolve, *outcome)

    threading.Thread(target=do, daemon=True).start()
    return future
