// The popup: shows what the worker pushes, sends the person's orders back. It holds no state of its own, so that it is right
// whenever it is opened.

import { CLAIM_RULES } from '../clients/claim-rule.ts';
import { isOneOf } from '../json.ts';
import { parseState, POPUP_PORT, type PopupClient, type PopupOrder, type PopupQuestion, type PopupState } from './messages.ts';

let port: chrome.runtime.Port | undefined;
let paused = false;
let shownQuestions = '[]';

connect();

/** The port to the worker; connecting wakes it if Chrome has ended it. */
function connect(): chrome.runtime.Port {
  if (port !== undefined) return port;
  const opened = chrome.runtime.connect({ name: POPUP_PORT });
  opened.onMessage.addListener((message: unknown) => {
    const state = parseState(message);
    if (state !== undefined) render(state);
  });
  opened.onDisconnect.addListener(() => {
    if (port !== opened) return;
    port = undefined;
    setTimeout(connect, 250);
  });
  port = opened;
  return opened;
}

/** A person's order must not be lost because the worker has just died. */
function order(message: PopupOrder): void {
  try {
    connect().postMessage(message);
  } catch {
    port = undefined;
    connect().postMessage(message);
  }
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`popup.html has no #${id}`);
  return found;
}

function input(id: string): HTMLInputElement {
  const found = element(id);
  if (!(found instanceof HTMLInputElement)) throw new Error(`#${id} is no input`);
  return found;
}

const claims = element('claims');
claims.addEventListener('change', () => {
  if (claims instanceof HTMLSelectElement && isOneOf(claims.value, CLAIM_RULES)) order({ type: 'claims', rule: claims.value });
});
input('name').addEventListener('change', () => order({ type: 'name', name: input('name').value }));
element('pause').addEventListener('click', () => order({ type: 'pause', paused: !paused }));
input('site-data').addEventListener('change', () => order({ type: 'siteData', allowed: input('site-data').checked }));
element('pairing').addEventListener('submit', (event) => {
  event.preventDefault();
  order({ type: 'pair', port: input('port').valueAsNumber, code: input('code').value });
});

function render(state: PopupState): void {
  paused = state.paused;
  const button = element('pause');
  button.textContent = paused ? 'Resume' : 'Pause';
  button.setAttribute('aria-pressed', String(paused));

  const status = element('status');
  status.textContent = statusText(state);
  status.className = paused ? 'paused' : state.connected ? 'connected' : '';

  element('pairing').hidden = state.connected || !state.mayPair;
  input('site-data').checked = state.siteData;
  element('no-clients').hidden = state.clients.length > 0;
  element('clients').replaceChildren(...state.clients.map(clientItem));
  // Made anew only when there is something new: a button that is replaced under the pointer hears no click.
  const questions = JSON.stringify(state.questions);
  if (questions !== shownQuestions) element('questions').replaceChildren(...state.questions.map(questionItem));
  shownQuestions = questions;
  if (claims instanceof HTMLSelectElement) claims.value = state.claimRule;
  if (document.activeElement !== input('name')) input('name').value = state.browserName;
  element('version').textContent = `tabhub extension ${state.version}`;
}

function statusText(state: PopupState): string {
  const way = state.native ? ', by native messaging' : '';
  const link = state.connected ? `Connected to the hub on port ${state.port}${way}.` : state.reason || 'Looking for the hub…';
  return state.paused ? `Paused: AI hosts can do nothing in this browser until you resume. ${link}` : link;
}

function questionItem({ id, heading, message, options }: PopupQuestion): HTMLElement {
  const item = document.createElement('div');
  item.className = 'question';
  const lines = [heading, message].map((words) => {
    const line = document.createElement('p');
    line.textContent = words;
    return line;
  });
  const buttons = options.map((option) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = option;
    button.addEventListener('click', () => order({ type: 'answer', id, answer: option }));
    return button;
  });
  item.append(...lines, ...buttons);
  return item;
}

function clientItem(client: PopupClient): HTMLLIElement {
  const item = document.createElement('li');
  const name = document.createElement('span');
  name.className = 'name';
  name.textContent = client.name;
  const state = document.createElement('span');
  state.className = 'state';
  const tabs = client.tabs.length === 1 ? '1 tab' : `${client.tabs.length} tabs`;
  state.textContent = ` · ${tabs}${client.state === 'away' ? ' · away' : ''}`;
  const list = document.createElement('ul');
  for (const tab of client.tabs) {
    const entry = document.createElement('li');
    const show = document.createElement('button');
    show.type = 'button';
    show.className = 'tab';
    show.textContent = tab.title || tab.url || 'Blank tab';
    show.title = tab.sharedWith === '' ? tab.url : `${tab.url}\nShared for reading with ${tab.sharedWith}`;
    if (tab.sharedWith !== '') show.textContent += ' · shared';
    if (tab.current) show.setAttribute('aria-current', 'true');
    show.addEventListener('click', () => order({ type: 'show', tabId: tab.tabId }));
    entry.append(show);
    list.append(entry);
  }
  item.append(name, state, list);
  return item;
}
