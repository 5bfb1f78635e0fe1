// The promise: what a caller asks for is understood or refused in words, before anything happens.

import { describe, expect, it } from 'vitest';
import { imageSize } from '../../src/image-size.ts';
import { checkedAddress } from '../../src/tools/address-rules.ts';
import { matchesUrl } from '../../src/tools/look.ts';
import { optionalFlag, optionalNumber, optionalWord, requiredText, texts } from '../../src/tools/params.ts';
import { scaleFor } from '../../src/tools/screenshot.ts';
import { TOOLS } from '../../src/tools/index.ts';

describe('an address', () => {
  it.each([
    ['example.com', 'https://example.com'],
    ['localhost:8080/x', 'http://localhost:8080/x'],
    ['127.0.0.1', 'http://127.0.0.1'],
    ['example.com:8443/a', 'https://example.com:8443/a'],
    [' https://a.b/c ', 'https://a.b/c'],
    ['about:blank', 'about:blank'],
  ])('%s is made whole', (typed, whole) => expect(checkedAddress(typed, false)).toBe(whole));

  it.each([
    ['chrome://settings', 'unsupported'],
    ['https://chromewebstore.google.com/detail/x', 'unsupported'],
    ['view-source:http://a', 'unsupported'],
    ['javascript:alert(1)', 'not_allowed'],
    ['JaVaScRiPt:alert(1)', 'not_allowed'],
    ['file:///etc/passwd', 'not_allowed'],
    ['', 'invalid_params'],
    ['http://', 'invalid_params'],
  ])('%s is refused', (typed, code) => expect(() => checkedAddress(typed, false)).toThrow(expect.objectContaining({ code })));

  it('of a file is allowed where the settings say so', () => expect(checkedAddress('file:///a', true)).toBe('file:///a'));
});

describe('parameters', () => {
  it('that are wrong are named', () => {
    const wrong = (read: () => unknown) => expect(read).toThrow(expect.objectContaining({ code: 'invalid_params', message: expect.stringContaining('p') }));
    wrong(() => requiredText({}, 'p'));
    wrong(() => optionalNumber({ p: '1' }, 'p'));
    wrong(() => optionalNumber({ p: -1 }, 'p'));
    wrong(() => optionalFlag({ p: 'yes' }, 'p'));
    wrong(() => optionalWord({ p: 'c' }, 'p', ['a', 'b']));
    wrong(() => texts({ p: [1] }, 'p'));
  });

  it('may be left out or null where they are optional', () => {
    expect(optionalNumber({ p: null }, 'p')).toBeUndefined();
    expect(optionalWord({}, 'p', ['a'])).toBeUndefined();
    expect(texts({}, 'p')).toEqual([]);
  });
});

it('an address is waited for by a part of it or by a glob', () => {
  const url = 'http://a.b/c/d?e=f';
  expect(['c/d', '**/d*', 'http://*/c/**'].map((wanted) => matchesUrl(url, wanted))).toEqual([true, true, true]);
  expect(['x', '*/d', 'http://a.b/*'].map((wanted) => matchesUrl(url, wanted))).toEqual([false, false, false]);
});

describe('a picture', () => {
  const area = { x: 0, y: 0, width: 3_136, height: 1_000 };

  it('is at most 1568 pixels long, or as asked', () => {
    expect(scaleFor(area, 1, undefined, undefined)).toBe(0.5);
    expect(scaleFor(area, 2, undefined, undefined)).toBe(0.25);
    expect(scaleFor(area, 1, 784, undefined)).toBe(0.25);
    expect(scaleFor(area, 1, undefined, 100)).toBe(0.1);
    expect(scaleFor({ ...area, width: 100, height: 50 }, 1, undefined, undefined)).toBe(1);
  });

  it('tells its size', () => {
    const png = Buffer.alloc(24);
    png.writeUInt32BE(0x89504e47, 0);
    png.writeUInt32BE(640, 16);
    png.writeUInt32BE(480, 20);
    expect(imageSize(png.toString('base64'))).toEqual({ width: 640, height: 480 });
    const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc0, 0, 17, 8, 1, 224, 2, 128, 3, 0, 0]);
    expect(imageSize(jpeg.toString('base64'))).toEqual({ width: 640, height: 480 });
    const webp = Buffer.alloc(30);
    webp.write('RIFF', 0);
    webp.write('WEBPVP8 ', 8);
    webp.writeUInt16LE(640, 26);
    webp.writeUInt16LE(480, 28);
    expect(imageSize(webp.toString('base64'))).toEqual({ width: 640, height: 480 });
    expect(imageSize('AAAA')).toBeUndefined();
  });
});

it('the table of tools holds what the contract names', () => {
  const named = 'navigate go_back go_forward reload snapshot click hover type select_option press_key wait_for screenshot tabs get_console_logs evaluate handle_dialog';
  for (const name of named.split(' ')) expect(TOOLS.has(`browser_${name}`), name).toBe(true);
});
