// The promise: requests are kept in order and in bounds, and no secret of theirs is told.

import { describe, expect, it } from 'vitest';
import { NetworkRecord } from '../../src/debugger/network-record.ts';
import { maskedBody, maskedHeaders, maskedUrl } from '../../src/debugger/secrets.ts';

const QUERY = { filter: undefined, withStatic: false, limit: 100 };

function begin(record: NetworkRecord, requestId: string, url: string, more: object = {}): void {
  record.take(undefined, 'Network.requestWillBeSent', { requestId, type: 'Fetch', timestamp: 1, wallTime: 1_000, request: { url, method: 'GET', headers: {} }, ...more });
}

describe('the record of requests', () => {
  it('tells each hop of a redirect, what failed, and how long it took', () => {
    const record = new NetworkRecord();
    begin(record, 'a', 'http://x/1');
    begin(record, 'a', 'http://x/2', { timestamp: 1.05, redirectResponse: { status: 302 } });
    record.take(undefined, 'Network.responseReceived', { requestId: 'a', response: { status: 200, headers: { A: 'b' } } });
    record.take(undefined, 'Network.loadingFinished', { requestId: 'a', timestamp: 1.2, encodedDataLength: 5 });
    begin(record, 'b', 'http://x/3');
    record.take(undefined, 'Network.loadingFailed', { requestId: 'b', timestamp: 1.1, errorText: 'net::ERR_FAILED' });
    const { requests } = record.read(QUERY);
    expect(requests.map(({ id, url, status, ms, error }) => [id, url, status, ms, error])).toEqual([
      [1, 'http://x/1', 302, 50, undefined], [2, 'http://x/2', 200, 150, undefined], [3, 'http://x/3', undefined, 100, 'net::ERR_FAILED'],
    ]);
    expect(record.get(2)?.responseHeaders).toEqual({ a: 'b' });
  });

  it('lists a WebSocket with its status, how long it was open, and what went wrong', () => {
    const record = new NetworkRecord();
    const take = (requestId: string, event: string, more: object): void => record.take(undefined, `Network.webSocket${event}`, { requestId, ...more });
    take('a', 'Created', { url: 'ws://x/live?token=hidden' });
    take('a', 'WillSendHandshakeRequest', { timestamp: 5, request: { headers: { Origin: 'http://x' } } });
    take('a', 'HandshakeResponseReceived', { timestamp: 5.1, response: { status: 101, statusText: 'Switching Protocols', headers: { Upgrade: 'websocket' } } });
    expect(record.read(QUERY).requests).toMatchObject([{ type: 'WebSocket', method: 'GET', url: 'ws://x/live?token=••••', status: 101 }]);
    expect(record.read(QUERY).requests[0]).not.toHaveProperty('ms');
    take('a', 'Closed', { timestamp: 7 });
    take('b', 'Created', { url: 'ws://x/none' });
    take('b', 'FrameError', { errorMessage: 'Connection refused' });
    expect(record.read(QUERY).requests).toMatchObject([{ ms: 2_000, responseHeaders: { upgrade: 'websocket' }, requestHeaders: { origin: 'http://x' } }, { error: 'Connection refused' }]);
  });

  it('takes the end of a frame’s document from the process that the frame went to', () => {
    const record = new NetworkRecord();
    begin(record, 'd', 'http://x/frame', { type: 'Document' });
    begin(record, 'e', 'http://x/fetch');
    for (const requestId of ['d', 'e']) record.take('child', 'Network.loadingFinished', { requestId, timestamp: 1.2, encodedDataLength: 5 });
    expect(record.read(QUERY).requests.map(({ ms, size, key }) => [ms, size, key?.sessionId])).toEqual([[200, 5, 'child'], [undefined, undefined, undefined]]);
  });

  it('takes headers that come before their request, keeps the newest thousand, and leaves out what a page is made of', () => {
    const record = new NetworkRecord();
    record.take(undefined, 'Network.requestWillBeSentExtraInfo', { requestId: 'r0', headers: { Cookie: 'a=b' } });
    for (let i = 0; i < 1_200; i++) begin(record, `r${i}`, `http://x/${i}`);
    expect(record.read({ ...QUERY, limit: 2_000 })).toMatchObject({ dropped: 200 });
    expect(record.read({ ...QUERY, limit: 2_000 }).requests).toHaveLength(1_000);
    begin(record, 'image', 'http://x/i.png', { type: 'Image' });
    begin(record, 'cookie', 'http://x/c');
    expect(record.read({ ...QUERY, filter: 'i.png' }).requests).toEqual([]);
    expect(record.read({ ...QUERY, filter: 'i.png', withStatic: true }).requests).toHaveLength(1);
    const early = new NetworkRecord();
    early.take(undefined, 'Network.requestWillBeSentExtraInfo', { requestId: 'r', headers: { Cookie: 'a=b' } });
    begin(early, 'r', 'http://x/');
    expect(early.get(1)?.requestHeaders).toEqual({ cookie: 'a=b' });
  });
});

describe('secrets', () => {
  it('in headers are masked, their kinds and names are not', () => {
    expect(maskedHeaders({ authorization: 'Bearer abc', cookie: 'sid=1; theme=dark', 'set-cookie': 'sid=1; Path=/\nb=2', 'x-api-key': 'k', accept: 'a' })).toEqual({
      authorization: 'Bearer ••••', cookie: 'sid=••••; theme=••••', 'set-cookie': 'sid=••••; Path=/\nb=••••', 'x-api-key': '••••', accept: 'a',
    });
  });

  it.each([
    ['{"user":"a","password":"b","deep":[{"access_token":"c"}]}', '{"user":"a","password":"••••","deep":[{"access_token":"••••"}]}'],
    ['user=a&password=b', 'user=a&password=••••'],
    ['plain words, password here', 'plain words, password here'],
    ['--x\r\nContent-Disposition: form-data; name="password"\r\n\r\nb\r\n--x--', '--x\r\nContent-Disposition: form-data; name="password"\r\n\r\n••••\r\n--x--'],
  ])('in the body %s', (body, masked) => expect(maskedBody(body)).toBe(masked));

  it.each([
    ['https://ada:pw@x/a?b=1', 'https://••••@x/a?b=1'],
    ['https://x/a?page=2&access_token=abc&q=tea#id_token=d&x=1', 'https://x/a?page=2&access_token=••••&q=tea#id_token=••••&x=1'],
    ['https://x/cb?code=abc&state=s', 'https://x/cb?code=••••&state=s'],
    ['https://x/countries?code=DE', 'https://x/countries?code=DE'],
    ['https://x/f?X-Amz-Signature=1&X-Amz-Date=2', 'https://x/f?X-Amz-Signature=••••&X-Amz-Date=2'],
    ['https://x/f?access%5Ftoken=1', 'https://x/f?access%5Ftoken=••••'],
    ['https://x/map?key=AIza0123456789abcdef', 'https://x/map?key=••••'],
    ['https://x/row?key=12&pageToken=CAUQAA', 'https://x/row?key=12&pageToken=CAUQAA'],
    ['https://x/a%?token=%', 'https://x/a%?token=••••'],
    ['/plain/path', '/plain/path'],
  ])('in the address %s', (url, masked) => expect(maskedUrl(url)).toBe(masked));

  it('in addresses are masked wherever those stand, and are not found by a filter', () => {
    expect(maskedHeaders({ referer: 'https://x/?token=a', location: '/next?sid=b', ':path': '/p?sig=c', origin: 'https://x' })).toEqual({
      referer: 'https://x/?token=••••', location: '/next?sid=••••', ':path': '/p?sig=••••', origin: 'https://x',
    });
    const record = new NetworkRecord();
    begin(record, 'a', 'https://x/list?token=hidden&page=2');
    expect(record.read(QUERY).requests.map(({ url }) => url)).toEqual(['https://x/list?token=••••&page=2']);
    expect(record.read({ ...QUERY, filter: 'hidden' }).requests).toEqual([]);
    expect(record.read({ ...QUERY, filter: 'page=2' }).requests).toHaveLength(1);
  });
});
