// The TypeScript SDK 1.x (@modelcontextprotocol/sdk), which speaks the protocol with sessions.

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { walk } from './walk.mjs';

let client, transport;

await walk({
  async connect({ era, name, command, args, url, headers }) {
    if (era !== 'legacy') throw new Error(`this SDK does not speak the era ${era}`);
    client = new Client({ name, version: '1.0' });
    transport = command
      ? new StdioClientTransport({ command, args, env: process.env, stderr: 'inherit' })
      : new StreamableHTTPClientTransport(url, { requestInit: { headers } });
    let revision;
    const set = transport.setProtocolVersion?.bind(transport);
    transport.setProtocolVersion = (version) => {
      revision = version;
      set?.(version);
    };
    await client.connect(transport);
    return revision;
  },
  listTools: () => client.listTools(),
  call: (name, args, options) => client.callTool({ name, arguments: args }, undefined, options),
  read: (uri) => client.readResource({ uri }),
  async subscribe(uri, heard) {
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
      if (params.uri === uri) heard();
    });
    await client.subscribeResource({ uri });
  },
  async close() {
    await transport.terminateSession?.();
    await client.close();
  },
});
