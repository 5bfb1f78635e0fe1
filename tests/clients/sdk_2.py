# The Python SDK 2.x (`mcp`), in the protocol with sessions or in the one without.

import os
from contextlib import asynccontextmanager

import anyio
import httpx2
import mcp_types as types
from mcp import Client as McpClient
from mcp import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from walk import ERA, NAME, REST, TRANSPORT, walk


class Client:
    """A client of the SDK as the walk wants it."""

    def __init__(self, client, listeners):
        self.client, self.protocol, self.listeners = client, client.protocol_version, listeners
        self.list_tools = client.list_tools

    async def read(self, uri):
        return await self.client.read_resource(uri, cache_mode="bypass")

    async def call(self, tool, arguments, progress):
        return await self.client.call_tool(tool, arguments, progress_callback=progress)

    @asynccontextmanager
    async def subscribe(self, uri, heard):
        if ERA == "legacy":
            self.listeners[uri] = heard
            await self.client.subscribe_resource(uri)
            yield
            await self.client.unsubscribe_resource(uri)
            return

        async def listen(subscription):
            async for news in subscription:
                heard(news)

        async with self.client.listen(resource_subscriptions=[uri]) as subscription, anyio.create_task_group() as tasks:
            tasks.start_soon(listen, subscription)
            yield
            tasks.cancel_scope.cancel()

    async def cancel(self, tool, arguments):
        with anyio.CancelScope() as scope:

            async def started(progress, total, message):
                scope.cancel()

            await self.call(tool, arguments, started)
        assert scope.cancelled_caught, "the call has ended by itself"
        return "cancelled"


def server():
    if TRANSPORT == "stdio":
        return StdioServerParameters(command=REST[0], args=REST[1:], env=dict(os.environ))
    headers = {"Authorization": f"Bearer {REST[1]}"}
    return streamable_http_client(REST[0], http_client=httpx2.AsyncClient(headers=headers, timeout=60))


async def main():
    listeners = {}

    async def on_message(message):
        if isinstance(message, types.ResourceUpdatedNotification) and str(message.params.uri) in listeners:
            listeners[str(message.params.uri)](message)

    mode = "2026-07-28" if ERA == "modern" else "legacy"
    info = types.Implementation(name=NAME, version="1.0")
    async with McpClient(server(), mode=mode, client_info=info, message_handler=on_message) as client:
        await walk(Client(client, listeners))


anyio.run(main)
