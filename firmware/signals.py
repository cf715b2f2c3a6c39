"""How a daemon ends: by SIGTERM, by SIGINT, or by the failure of its work."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any


async def until_signal(*work: Coroutine[Any, Any, None]) -> None:
    """Run the coroutines until a signal asks to stop; raises what the first of them raises."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    tasks = {asyncio.create_task(item) for item in work}
    waiting = asyncio.create_task(stop.wait())
    try:
        while not stop.is_set():
            done, _ = await asyncio.wait({waiting, *tasks}, return_when=asyncio.FIRST_COMPLETED)
            for task in done & tasks:
                tasks.discard(task)
                task.result()
    finally:
        for task in {waiting, *tasks}:
            task.cancel()
