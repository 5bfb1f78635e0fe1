// The promise: a ref stays with its element whatever the page does around it, and never acts on another one. A page changes
// thousands of times by a seed (TABHUB_SEED replays one); what each ref meant when it was told is known by the page alone.

import { describe, expect, it } from 'vitest';
import { text, type JsonRecord } from '../../src/json.ts';
import type { Answer } from '../support/hub.ts';
import { code, rig, yaml } from '../support/rig.ts';

const { site, call, open } = rig();

const SEED = Number(process.env.TABHUB_SEED ?? 20_261_121);
const ROUNDS = 50;
const CHANGES = 60;

/** The page's own part: every button has a number that no other ever has, kept where cloning and innerHTML do not take it along. */
const PAGE = `<!doctype html><html lang="en"><title>Restless</title><body><ul id="list"></ul><div id="a"></div><div id="b"></div><div id="host"></div><iframe id="frame" srcdoc="<body></body>" width="400" height="300"></iframe>
<script>
  const NAMES = ['Save', 'Delete', 'Open', 'Close', 'Send'];
  const hits = [], away = [], all = new Map();
  let state = 1, count = 0;
  const random = (n) => { state = (state + 0x6d2b79f5) | 0; let t = Math.imul(state ^ (state >>> 15), 1 | state); t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t; return ((t ^ (t >>> 14)) >>> 0) % n; };
  const shadow = host.attachShadow({ mode: 'closed' });
  const homes = () => [list, a, b, shadow, frame.contentDocument.body];
  const buttons = () => homes().flatMap((home) => [...home.querySelectorAll('button')]);
  const pick = (from) => from[random(from.length)];
  const make = () => Object.assign(document.createElement('button'), { textContent: pick(NAMES) });
  /** Whatever came into the page without a number gets one. */
  const number = () => { for (const button of buttons()) if (button.own === undefined) { button.own = ++count; all.set(count, button); button.onclick = () => hits.push(button.own); } };
  const CHANGES = [
    () => { if (buttons().length < 60) pick(homes()).append(make()); },
    () => { pick(homes()).append(pick(buttons())); },
    () => { pick(homes()).prepend(pick(buttons())); },
    () => { if (random(3) > 0) return; const old = pick(buttons()); const fresh = make(); fresh.textContent = old.textContent; old.replaceWith(fresh); },
    () => { if (random(3) > 0) return; const old = pick(buttons()); old.replaceWith(old.cloneNode(true)); },
    () => { pick(buttons()).textContent = pick(NAMES); },
    () => { const [one, other] = [pick(buttons()), pick(buttons())]; [one.textContent, other.textContent] = [other.textContent, one.textContent]; },
    () => { const home = pick(homes()); const kept = [...home.children].sort(() => random(3) - 1); home.replaceChildren(...kept); },
    () => { if (random(25) === 0) { const home = pick([list, a, b]); home.innerHTML = home.innerHTML; } },
    () => { if (random(25) === 0) list.innerHTML = Array.from({ length: 1 + random(6) }, () => '<li><button>' + pick(NAMES) + '</button></li>').join(''); },
    () => { if (buttons().length > 30) { const gone = pick(buttons()); gone.remove(); if (random(2)) away.push(gone); } },
    () => { if (away.length > 0) pick(homes()).append(away.splice(random(away.length), 1)[0]); },
    () => { const button = pick(buttons()); const wrap = document.createElement('div'); button.replaceWith(wrap); wrap.append(button); },
    () => { const [one, other] = [pick(buttons()), pick(buttons())]; if (one !== other) { const mark = document.createElement('i'); one.replaceWith(mark); other.replaceWith(one); mark.replaceWith(other); } },
    () => { const button = pick(buttons()); button.setAttribute('aria-label', pick(NAMES)); },
  ];
  const change = (times) => { for (let i = 0; i < times; i++) { pick(CHANGES)(); number(); } while (buttons().length < 12) { a.append(make()); number(); } };
  const where = (own) => { const button = all.get(own); if (!button?.isConnected) return 'gone'; return button.ownerDocument === document ? 'page' : 'frame'; };
  frame.onload = () => { for (const home of homes()) for (let i = 0; i < 4; i++) home.append(make()); number(); document.title = 'ready'; };
</script>`;

const random = mulberry(SEED);

function mulberry(seed: number): (below: number) => number {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const evaluate = async (source: string): Promise<unknown> => (await call('evaluate', { function: source })).result.value;

interface Known {
  readonly ref: string;
  /** The page's own number of the element that was shown. */
  readonly own: number;
  /** Whether it was told inside the frame. */
  readonly home: 'page' | 'frame';
}

describe(`refs through ${ROUNDS * CHANGES} changes by the seed ${SEED}`, () => {
  it('hit the element that was shown, or say that it is gone', { timeout: 300_000 }, async () => {
    site.pages.set('/restless', PAGE);
    await open('/restless');
    await evaluate(`state = ${SEED}; 0`);
    const pool: Known[] = [];
    const seen = { hit: 0, stale: 0, offered: 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      const refs = [...yaml(await call('snapshot', { maxChars: 100_000 })).matchAll(/button[^\n]*\[ref=((?:f\d+)?e\d+)\]/g)].map((match) => match[1] ?? '');
      for (let i = 0; i < 4; i += 1) {
        const ref = refs[random(refs.length)] ?? '';
        const own = Number((await call('evaluate', { function: '(it) => it.own', ref })).result.value);
        pool.push({ ref, own, home: ref.startsWith('f') ? 'frame' : 'page' });
      }
      await evaluate(`change(${CHANGES}); 0`);
      for (let i = 0; i < 4; i += 1) {
        const known = pool[Math.max(0, pool.length - 16) + random(Math.min(16, pool.length))];
        if (known === undefined) continue;
        const said = `round ${round}, ${known.ref}, element ${known.own}`;
        const now = text(await evaluate(`where(${known.own})`));
        const answer = await act(known, i % 2 === 0);
        if (now === known.home) {
          expect(answer.error, said).toEqual({});
          seen.hit += 1;
        } else {
          expect([code(answer), String(answer.error.message)], said).toEqual(['stale_ref', expect.stringContaining(known.ref)]);
          seen.stale += 1;
          seen.offered += await checkOffer(answer.error, known, said);
        }
      }
    }
    console.log(`${ROUNDS * CHANGES} changes, seed ${SEED}: ${JSON.stringify(seen)}`);
    expect(Math.min(seen.hit, seen.stale, seen.offered)).toBeGreaterThan(5);
  });
});

/** Clicks or asks; in both cases the page says which element it was. */
async function act({ ref, own }: Known, click: boolean): Promise<Answer> {
  await evaluate('hits.length = 0');
  const answer = click ? await call('click', { ref }) : await call('evaluate', { function: '(it) => it.own', ref });
  const acted = click ? await evaluate('hits') : answer.ok ? [answer.result.value] : [];
  expect(acted, `${ref}, element ${own}`).toEqual(answer.ok ? [own] : []);
  return answer;
}

/** What is offered instead has the role and the name that the message says was meant. */
async function checkOffer(error: JsonRecord, known: Known, said: string): Promise<number> {
  const offered = /^(.*) now ha(?:s|ve) the same/.exec(String(error.next))?.[1]?.match(/(?:f\d+)?e\d+/g) ?? [];
  const name = /button "([^"]*)"/.exec(String(error.message))?.[1];
  for (const ref of offered) {
    expect(ref, said).not.toBe(known.ref);
    const answer = await call('evaluate', { function: `(it) => it.getAttribute('aria-label') ?? it.textContent`, ref });
    expect(answer.result.value, said).toBe(name);
  }
  return offered.length > 0 ? 1 : 0;
}

describe('a number', () => {
  const refsIn = (snapshot: string): string[] => [...snapshot.matchAll(/\[ref=(e\d+)\]/g)].map((match) => match[1] ?? '');
  const both = (first: readonly string[], second: readonly string[]): string[] => first.filter((ref) => second.includes(ref));

  it('is not given again after a reload, whatever was asked of the new document first', async () => {
    site.pages.set('/orders', '<title>Orders</title><script>const names = ["Cancel", "Delete", "Pay"]; const turn = Number(sessionStorage.turn ?? 0); sessionStorage.turn = turn + 1; for (let i = 0; i < 3; i++) document.write(`<button>${names[(i + turn) % 3]}</button>`)</script><button id="again" onclick="location.reload()">Again</button>');
    const before = refsIn(yaml(await open('/orders')));
    // Whether the press was heard is asked of whichever document is there by then, now and then of the new one.
    for (let n = 0; n < 12; n++) {
      expect((await call('click', { ref: '#again' })).error).toEqual({});
      expect(both(before, refsIn(yaml(await call('snapshot'))))).toEqual([]);
      expect(code(await call('click', { ref: before[0] ?? '' }))).toBe('stale_ref');
    }
  });

  it('is not given again by a document that comes back, nor by one that a javascript: address wrote', async () => {
    site.pages.set('/one', '<title>One</title><button>First</button><p style="height:3000px">tall</p>');
    site.pages.set('/two', '<title>Two</title><button>Second</button><button>Third</button><a href="javascript:\'<title>Written</title><button>Fourth</button>\'">Write</a>');
    const one = refsIn(yaml(await open('/one')));
    const two = refsIn(yaml(await open('/two')));
    expect(both(one, two)).toEqual([]);
    await call('go_back');
    await call('scroll', {});
    await call('evaluate', { function: '() => { for (const name of ["Late", "Later"]) document.body.append(Object.assign(document.createElement("button"), { textContent: name })) }' });
    const again = refsIn(yaml(await call('snapshot')));
    expect(both(two, again)).toEqual([]);
    expect(code(await call('click', { ref: two[0] ?? '' }))).toBe('stale_ref');
    const three = refsIn(yaml(await open('/two')));
    expect((await call('click', { ref: 'a' })).error).toEqual({});
    expect((await call('wait_for', { text: 'Fourth' })).error).toEqual({});
    expect(both([...one, ...two, ...again, ...three], refsIn(yaml(await call('snapshot'))))).toEqual([]);
  });
});
