# The walk that every client of Python takes through tabhub: one line of JSON for each step that is done.
#
# `python PROGRAM ERA SITE NAME stdio COMMAND [ARGUMENT...]` or `python PROGRAM ERA SITE NAME http URL TOKEN`
#
# A client gives: protocol, list_tools(), call(tool, arguments, progress), read(uri), subscribe(uri, heard) as a context, and
# cancel(call, started), which begins a call, cancels it once it has progress, and says how it ended.

import json
import sys
import urllib.request

import anyio

ERA, SITE, NAME, TRANSPORT, *REST = sys.argv[1:]

# The longest that one step may take; what hangs then fails by itself.
PATIENCE = 20


def tell(step, **facts):
    print(json.dumps({"step": step, **facts}), flush=True)


def text_of(result):
    return "\n".join(part.text for part in result.content if part.type == "text")


async def get(url):
    await anyio.to_thread.run_sync(lambda: urllib.request.urlopen(url).read())


async def walk(client):
    """Takes the whole walk."""

    async def call(tool, arguments=None, progress=None):
        with anyio.fail_after(PATIENCE):
            return text_of(await client.call(tool, arguments or {}, progress))

    async def read(uri):
        with anyio.fail_after(PATIENCE):
            return (await client.read(uri)).contents[0].text

    tell("connect", protocol=client.protocol)
    tell("list", tools=[tool.name for tool in (await client.list_tools()).tools])
    tell("navigate", text=await call("browser_navigate", {"url": f"{SITE}/first/{NAME}"}))
    tell("snapshot", text=await call("browser_snapshot"))
    tell("read", text=await read("browser://tabs?format=json"))

    # Every news that comes wakes who waits for what the page is to become.
    sender, heard = anyio.create_memory_object_stream(1000)
    async with client.subscribe("browser://tabs", sender.send_nowait):
        await call("browser_navigate", {"url": f"{SITE}/second/{NAME}"})
        updates = 0
        with anyio.fail_after(PATIENCE):
            async for _ in heard:
                updates += 1
                if "second page" in await read("browser://tabs?format=json"):
                    break
        tell("subscribe", updates=updates)

    # The page shows the text once the gate is open, and the gate opens once progress was told.
    told = []

    async def open_gate(progress, total, message):
        told.append(progress)
        if len(told) == 1:
            await get(f"{SITE}/open/{NAME}")

    text = await call("browser_wait_for", {"text": "The gate is open"}, open_gate)
    tell("progress", told=told, text=text)

    # Progress shows that the call is at work; it would wait for far longer than the call after it has patience.
    with anyio.fail_after(PATIENCE):
        ended = await client.cancel("browser_wait_for", {"text": "this text never comes", "time": 50})
    tell("cancel", ended={"error": ended}, later=await call("browser_snapshot"))
