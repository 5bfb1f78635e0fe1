// The script that is injected into every frame. It leaves one object in the extension's isolated world and nothing in the page.

import { createAgent } from './agent.ts';
import { keepWorkerAwake } from './awake.ts';
import { AGENT_VERSION } from './protocol.ts';

keepWorkerAwake();
if (globalThis.__tabhub?.version !== AGENT_VERSION) globalThis.__tabhub = createAgent();
