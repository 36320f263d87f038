"""Boxes by the Python SDK, as the file JOB says (see boxes.py); what happens is printed as records,
"@@ {JSON}" a line. The same as drive.mjs does with the Node.js SDK.
"""

import asyncio
import json
import subprocess
import sys

JOB = json.load(open(sys.argv[1], encoding="utf-8"))
sys.path.insert(0, JOB["sdk"])

import boxlite  # noqa: E402


def tell(box, event, **what):
    print("@@ " + json.dumps({"scenario": JOB["scenario"], "box": box, "event": event, **what}), flush=True)


async def read(open_stream):
    text = ""
    try:
        async for line in open_stream():
            text += line.decode("utf-8", "replace") if isinstance(line, bytes) else line
    except Exception:  # noqa: BLE001 - of a stream without output; else what it says is not whole
        if text:
            raise
    return text


async def execute(box, command):
    execution = await box.exec("/bin/sh", ["-c", command])
    output, _ = await asyncio.gather(read(execution.stdout), read(execution.stderr))
    result = await execution.wait()
    return {"output": output, "exitCode": result.exit_code}


async def use(number, box):
    for command in JOB["commands"]:
        tell(number, "output", **await execute(box, command))


def options():
    more = {}
    if not JOB["jailed"]:
        security = boxlite.SecurityOptions(jailer_enabled=False, seccomp_enabled=False)
        advanced = getattr(boxlite, "AdvancedBoxOptions", None)
        more["advanced"] = advanced(security=security) if advanced else security
    return boxlite.BoxOptions(
        image="tiny:latest", cpus=1, memory_mib=256, auto_remove=False, detach=False,
        network=boxlite.NetworkSpec(mode="enabled", allow_net=JOB["rules"]), **more,
    )


async def one(runtime, number):
    box = None
    try:
        box = await runtime.create(options())
        tell(number, "created", id=box.id)
        await box.start()
        tell(number, "started")
        await use(number, box)
    except Exception as error:  # noqa: BLE001 - the SDK's own words are what is looked at
        tell(number, "error", message=str(error))
        if box is not None:
            subprocess.run(["sh", "remains.sh", f"{JOB['home']}/boxes/{box.id}"], check=False)
    try:
        if box is not None:
            await box.stop()
            await runtime.remove(box.id, True)
    except Exception as error:  # noqa: BLE001
        tell(number, "stop", message=str(error))


async def main():
    registry = boxlite.ImageRegistry("127.0.0.1:5000", transport="http", search=True)
    runtime = boxlite.Boxlite(boxlite.Options(home_dir=JOB["home"], image_registries=[registry]))
    for number in range(JOB["boxes"]):
        await one(runtime, number)
    tell(0, "over")


asyncio.run(main())
