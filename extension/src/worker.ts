// The service worker: makes the parts and ties them together. All listeners are registered synchronously while this file runs,
// since Chrome wakes a worker only for listeners that it finds at once; each event that wakes it also brings the link back.

import { Asker } from './ask/asker.ts';
import { ignore, kept } from './async.ts';
import { Calls } from './calls.ts';
import { Absence } from './clients/absence.ts';
import { setClaimRule } from './clients/claim-rule.ts';
import { Roster } from './clients/roster.ts';
import { ClientTabs } from './clients/tabs.ts';
import { Debuggers, stopped } from './debugger/debuggers.ts';
import { Downloads } from './downloads.ts';
import { storePairing } from './hub/address.ts';
import { Connection } from './hub/connection.ts';
import type { ClientInfo, HubEvent } from './hub/frames.ts';
import { findIdentity, giveName, givenName } from './hub/identity.ts';
import { Journal } from './journal/journal.ts';
import { AWAKE_PORT } from './page/awake.ts';
import { createPages } from './pages/index.ts';
import { Pause, pausedError } from './pause.ts';
import { Pictures } from './pictures.ts';
import type { PopupOrder } from './popup/messages.ts';
import { PopupServer } from './popup/server.ts';
import { Session } from './session.ts';
import { siteData } from './site-data.ts';
import { closedFile } from './tools/address-rules.ts';
import { TOOLS } from './tools/index.ts';
import { Watching } from './watching.ts';

const ALARM = 'tabhub-awake';
/** The shortest period that Chrome allows. */
const ALARM_MINUTES = 0.5;

const session = new Session();
const pages = createPages((url) => closedFile(url, connection.allowFileUrls));
const downloads = new Downloads(session);
const asker = new Asker(() => popup.refresh());
const roster = new Roster();
const pictures = new Pictures(session);
const whoWeAre = kept(findIdentity);

const tabs = new ClientTabs(session, {
  send: (event) => {
    connection.sendEvent(event);
    popup.refresh();
  },
  atWork: () => calls.atWork(),
  onHeld: (tabId) => ignore(debuggers.ensure(tabId)),
  onFreed: (tabId) => debuggers.forget(tabId),
  // The next holder finds the page as it is, not as the last one made it look.
  onHandedOff: (tabId) => ignore(debuggers.emulate(tabId, {})),
  onClosed: (tabId) => debuggers.forget(tabId),
  onForgotten: () => popup.refresh(),
});

const watching = new Watching({
  send: (event) => void connection.sendEvent(event),
  isConnected: () => connection.status.state === 'connected',
  observe: (tabId, frameId, on) => pages.watch(tabId, frameId, on),
  record: (tabId) => debuggers.ensure(tabId),
  ownerOf: (id) => downloads.ownerOf(id),
});

const debuggers = new Debuggers(session, {
  onUserStop: () => {
    calls.stopAll(stopped());
    pause.set(true);
  },
  onDocument: (tabId) => ignore(pages.prepare(tabId)),
  onRecord: (tabId, part) => watching.changed(tabId, part),
  onDownload: (tabId, url) => {
    const owner = tabs.leases.ownerOf(tabId);
    if (owner !== undefined) ignore(downloads.begin(owner.id, url).then(() => watching.downloadsChanged(owner.id)));
  },
  isClosed: (url) => closedFile(url, connection.allowFileUrls) !== undefined,
  isHeld: (tabId) => tabs.leases.ownerOf(tabId) !== undefined,
  // A record that somebody watches is to have no gap.
  isBusy: (tabId) => calls.isBusy(tabId) || watching.isRecorded(tabId),
});

const pause = new Pause(session, (paused) => {
  if (paused) calls.stopAll(pausedError());
  connection.sendEvent({ name: 'paused', paused });
  popup.refresh();
});

const calls = new Calls({
  tools: TOOLS,
  journal: new Journal(session),
  pause,
  services: {
    tabs,
    debuggers,
    pages,
    downloads,
    asker,
    pictures,
    roster,
    isMac: /Mac/.test(navigator.platform),
    allowFileUrls: () => connection.allowFileUrls,
    renamed,
  },
  epoch: async () => (await whoWeAre()).epoch,
  answer: (id, clientId, payload) => void connection.sendAnswer(id, clientId, payload),
  event: (event) => void connection.sendEvent(event),
});

const absence = new Absence(session, ALARM_MINUTES, () => ignore(tabs.forgetAll()));

const connection = new Connection({
  identity: async () => {
    const [identity, name] = await Promise.all([whoWeAre(), givenName()]);
    return { ...identity, ...(name === undefined ? {} : { givenName: name }) };
  },
  onWelcome: (welcome) => {
    absence.ended();
    ignore(greet());
    clientsAre(welcome.clients);
  },
  onCall: (call) => calls.onCall(call),
  onCancel: (cancel) => calls.onCancel(cancel),
  onEvent: (event) => onHubEvent(event),
  onHubStopping: () => ignore(tabs.hubStopped()),
  onStatus: ({ state }) => {
    if (state !== 'connected') {
      roster.are([]); // What the hub said holds while it is there.
      watching.set([], false);
    }
    popup.refresh();
  },
});

const popup = new PopupServer({
  ready: () => Promise.all([pause.ready(), tabs.ready()]),
  status: () => connection.status,
  paused: () => pause.on,
  siteData: () => siteData.allowed(),
  hubClients: () => roster.all,
  leases: () => tabs.leases.all(),
  shareOf: (tabId) => tabs.leases.shares.of(tabId),
  questions: () => asker.open,
  onOrder: (order) => ignore(onPopupOrder(order)),
});

chrome.alarms.onAlarm.addListener((alarm) => {
  if (alarm.name !== ALARM) return;
  connection.start();
  debuggers.sweep(performance.now());
  if (connection.status.state !== 'connected') ignore(absence.goesOn());
});
// A page's port breaks when a worker dies and connects anew: that alone wakes the next one.
chrome.runtime.onConnect.addListener((port) => {
  if (port.name === AWAKE_PORT) connection.start();
});
chrome.runtime.onStartup.addListener(() => connection.start());
chrome.runtime.onInstalled.addListener(() => connection.start());

connection.start();
ignore(wake());

/** What a worker does first: finds out what the one before has left. */
async function wake(): Promise<void> {
  await Promise.all([pause.ready(), tabs.ready()]);
  popup.refresh();
  if ((await chrome.alarms.get(ALARM)) === undefined) await chrome.alarms.create(ALARM, { periodInMinutes: ALARM_MINUTES });
  await debuggers.adopt(tabs.leases.all().flatMap((client) => client.tabs));
}

async function greet(): Promise<void> {
  await Promise.all([pause.ready(), tabs.publish('hub that asks')]);
  connection.sendEvent({ name: 'paused', paused: pause.on });
}

function onHubEvent(event: HubEvent): void {
  switch (event.name) {
    case 'clients':
      clientsAre(event.clients);
      break;
    case 'client_gone':
      roster.gone(event.clientId);
      ignore(tabs.forget(event.clientId));
      break;
    case 'sync':
      ignore(tabs.publish('hub that asks'));
      break;
    case 'watch':
      watching.set(event.pages, event.downloads);
      break;
  }
}

function clientsAre(clients: readonly ClientInfo[]): void {
  roster.are(clients);
  ignore(tabs.clientsAre(clients));
  popup.refresh();
}

/** This browser is called something else now; an empty name is none. */
function renamed(name: string): void {
  connection.sendEvent({ name: 'renamed', givenName: name });
  popup.refresh();
}

async function onPopupOrder(order: PopupOrder): Promise<void> {
  switch (order.type) {
    case 'pause':
      pause.set(order.paused);
      break;
    case 'siteData':
      await siteData.allow(order.allowed);
      popup.refresh();
      break;
    case 'pair':
      await storePairing(order.port, order.code);
      connection.restart();
      break;
    case 'answer':
      asker.answer(order.id, order.answer);
      break;
    case 'claims':
      await setClaimRule(order.rule);
      popup.refresh();
      break;
    case 'name':
      renamed(await giveName(order.name));
      break;
    case 'show': {
      const tab = await chrome.tabs.update(order.tabId, { active: true });
      if (tab !== undefined) await chrome.windows.update(tab.windowId, { focused: true });
      break;
    }
  }
}
