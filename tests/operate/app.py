"""What an operator has: a program that starts a box with an allowlist, which is in rules.txt.

Prints its process id and the box's. There is no image registry but the test's.
"""

import asyncio
import os
from pathlib import Path

import boxlite


async def main():
    registry = boxlite.ImageRegistry(os.environ["REGISTRY"], transport="http", search=True)
    runtime = boxlite.Boxlite(boxlite.Options(image_registries=[registry]))
    rules = Path(__file__).with_name("rules.txt").read_text().split()
    network = boxlite.NetworkSpec("enabled", allow_net=rules)
    if "UNPACK" in os.environ:
        network = boxlite.NetworkSpec("disabled")
    box = await runtime.create(boxlite.BoxOptions(image="tiny:latest", network=network))
    print(os.getpid(), box.id, flush=True)
    await box.start()


asyncio.run(main())
