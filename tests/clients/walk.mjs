// The walk that every client of TypeScript takes through tabhub: one line of JSON for each step that is done.
//
// `node PROGRAM ERA SITE NAME stdio COMMAND [ARGUMENT...]` or `node PROGRAM ERA SITE NAME http URL TOKEN`
//
// A client gives: connect(where) -> the protocol's revision, listTools(), call(tool, arguments, options), read(uri),
// subscribe(uri, heard), close().

const [era, site, name, transport, ...rest] = process.argv.slice(2);

/** Where tabhub is, and what the test calls this client. */
export const where =
  transport === 'stdio'
    ? { era, name, command: rest[0], args: rest.slice(1) }
    : { era, name, url: new URL(rest[0]), headers: { authorization: `Bearer ${rest[1]}` } };

/** The longest that one step may take; what hangs then fails by itself. */
const PATIENCE = 20_000;

const tell = (step, facts) => console.log(JSON.stringify({ step, ...facts }));
const textOf = (result) => result.content.map((part) => part.text ?? '').join('\n');

/** Resolves when `isTrue`, which is asked anew each time that `wake` is called. */
function condition(isTrue) {
  let wake;
  const met = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('took too long')), PATIENCE);
    wake = async () => {
      if (await isTrue()) {
        clearTimeout(timer);
        resolve();
      }
    };
  });
  return { met, wake: () => wake().catch(() => {}) };
}

/** Takes the whole walk. */
export async function walk(client) {
  tell('connect', { protocol: await client.connect(where) });
  tell('list', { tools: (await client.listTools()).tools.map((tool) => tool.name) });
  const call = async (tool, args = {}, options = {}) => textOf(await client.call(tool, args, { timeout: PATIENCE, ...options }));
  const read = async (uri) => (await client.read(uri)).contents[0].text;

  tell('navigate', { text: await call('browser_navigate', { url: `${site}/first/${name}` }) });
  tell('snapshot', { text: await call('browser_snapshot') });
  tell('read', { text: await read('browser://tabs?format=json') });

  let updates = 0;
  const shown = condition(async () => updates > 0 && (await read('browser://tabs?format=json')).includes('second page'));
  await client.subscribe('browser://tabs', () => {
    updates += 1;
    shown.wake();
  });
  await call('browser_navigate', { url: `${site}/second/${name}` });
  await shown.met;
  tell('subscribe', { updates });

  // The page shows the text once the gate is open, and the gate opens once progress was told.
  const told = [];
  const text = await call('browser_wait_for', { text: 'The gate is open' }, {
    onprogress: (news) => {
      told.push(news.progress);
      if (told.length === 1) void fetch(`${site}/open/${name}`);
    },
  });
  tell('progress', { told, text });

  // Progress shows that the call is at work; it would wait for far longer than the call after it has patience.
  const abort = new AbortController();
  const waits = { text: 'this text never comes', time: 50 };
  const ended = await call('browser_wait_for', waits, {
    timeout: 50_000,
    signal: abort.signal,
    onprogress: () => abort.abort('the user has changed their mind'),
  }).catch((error) => ({ error: String(error?.message ?? error) }));
  tell('cancel', { ended, later: await call('browser_snapshot') });
  await client.close();
}
