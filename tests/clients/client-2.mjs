// The TypeScript SDK 2.x (@modelcontextprotocol/client), in the protocol with sessions or in the one without.

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { walk } from './walk.mjs';

let client, transport, isModern;

await walk({
  async connect({ era, name, command, args, url, headers }) {
    isModern = era === 'modern';
    const mode = isModern ? { pin: '2026-07-28' } : 'legacy';
    client = new Client({ name, version: '1.0' }, { versionNegotiation: { mode } });
    transport = command
      ? new StdioClientTransport({ command, args, env: process.env, stderr: 'inherit' })
      : new StreamableHTTPClientTransport(url, { requestInit: { headers } });
    await client.connect(transport);
    return client.getNegotiatedProtocolVersion();
  },
  listTools: () => client.listTools(),
  call: (name, args, options) => client.callTool({ name, arguments: args }, options),
  read: (uri) => client.readResource({ uri }, { cacheMode: 'bypass' }),
  async subscribe(uri, heard) {
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
      if (params.uri === uri) heard();
    });
    if (isModern) await client.listen({ resourceSubscriptions: [uri] });
    else await client.subscribeResource({ uri });
  },
  async close() {
    if (!isModern) await transport.terminateSession?.();
    await client.close();
  },
});
