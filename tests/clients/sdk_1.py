# The Python SDK 1.x (`mcp`), which speaks the protocol with sessions.

import os
from contextlib import asynccontextmanager

import anyio
import httpx
from mcp import ClientSession, StdioServerParameters, types
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from walk import ERA, NAME, REST, TRANSPORT, walk


class Client:
    """A session as the walk wants it."""

    def __init__(self, session, protocol, listeners):
        self.session, self.protocol, self.listeners = session, protocol, listeners
        self.list_tools, self.read = session.list_tools, session.read_resource

    async def call(self, tool, arguments, progress):
        return await self.session.call_tool(tool, arguments, progress_callback=progress)

    @asynccontextmanager
    async def subscribe(self, uri, heard):
        self.listeners[uri] = heard
        await self.session.subscribe_resource(uri)
        yield
        await self.session.unsubscribe_resource(uri)

    async def cancel(self, tool, arguments):
        # This SDK leaves it to its user to say that a call is cancelled; the token of its progress is its number.
        number = self.session._request_id
        at_work = anyio.Event()

        async def started(progress, total, message):
            at_work.set()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.call, tool, arguments, started)
            await at_work.wait()
            params = types.CancelledNotificationParams(requestId=number, reason="the user has changed their mind")
            await self.session.send_notification(types.ClientNotification(types.CancelledNotification(params=params)))
            tasks.cancel_scope.cancel()
        return "cancelled"


def transport():
    if TRANSPORT == "stdio":
        return stdio_client(StdioServerParameters(command=REST[0], args=REST[1:], env=dict(os.environ)))
    headers = {"Authorization": f"Bearer {REST[1]}"}
    return streamable_http_client(REST[0], http_client=httpx.AsyncClient(headers=headers, timeout=60))


async def main():
    assert ERA == "legacy", f"this SDK does not speak the era {ERA}"
    listeners = {}

    async def on_message(message):
        news = getattr(message, "root", None)
        if isinstance(news, types.ResourceUpdatedNotification) and str(news.params.uri) in listeners:
            listeners[str(news.params.uri)](news)

    info = types.Implementation(name=NAME, version="1.0")
    async with transport() as streams:
        async with ClientSession(streams[0], streams[1], message_handler=on_message, client_info=info) as session:
            server = await session.initialize()
            await walk(Client(session, server.protocolVersion, listeners))


anyio.run(main)
