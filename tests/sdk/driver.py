"""Creates boxes with the published Python SDK; the same as driver.mjs does with Node's.

usage: driver.py PACKAGE-DIRECTORY OPTIONS
"""

import asyncio
import json
import sys

DIRECTORY, TEXT = sys.argv[1:]
OPTIONS = json.loads(TEXT)
sys.path.insert(0, DIRECTORY)

import boxlite  # noqa: E402
import boxlite.boxlite as native  # noqa: E402 - not all of it is in the package before 0.10.0


def say(**event):
    print(json.dumps(event), flush=True)


def box_options(box):
    """Of the options that Node's SDK takes."""
    network = boxlite.NetworkSpec(box["network"]["mode"], allow_net=box["network"].get("allowNet", []))
    # What is the default differs between the SDKs.
    security = boxlite.SecurityOptions(jailer_enabled=box.get("security", {}).get("jailerEnabled", True))
    advanced = native.AdvancedBoxOptions(security=security)
    return boxlite.BoxOptions(image="tiny:latest", network=network, advanced=advanced)


async def make(runtime, index, box):
    """A box starts with the first command in it."""
    try:
        created = await runtime.create(box_options(box), f"box{index}")
        say(box=index, id=created.id)
        await created.exec("/bin/sh", ["-c", "true"])
        say(box=index, started=True)
    except Exception as error:  # noqa: BLE001 - the SDK's own words are what is looked at
        say(box=index, error=str(error))


async def main():
    registry = boxlite.ImageRegistry(OPTIONS["registry"], transport="http", search=True)
    runtime = boxlite.Boxlite(boxlite.Options(home_dir=OPTIONS["home"], image_registries=[registry]))
    say(runtime=True)
    boxes = asyncio.gather(*(make(runtime, index, box) for index, box in enumerate(OPTIONS["boxes"])))
    await asyncio.to_thread(sys.stdin.read)
    boxes.cancel()


asyncio.run(main())
