// What a script returned, as JSON. It exists because Chrome's own way to return a value makes {} of a date and refuses a symbol, and
// because JSON.stringify is the page's to change: the engine's deep serialization (WebDriver BiDi's) reads the value as it is, and
// the page's JSON is asked only for what keeps its content to itself, such as a DOMRect.

import { bounded } from '../bounded.ts';
import { CdpError, type Cdp } from '../debugger/cdp.ts';
import { ToolError } from '../errors.ts';
import { isRecord, list, record, text, type JsonRecord } from '../json.ts';

export interface ScriptValue {
  value: unknown;
  notes: string[];
}

/** Chrome's protocol writes nothing that is nested much deeper. */
const DEPTH = 60;
/** Of an object that goes in circles, which may lead to all that the page has. */
const CIRCULAR_DEPTH = 6;
const ELEMENT_CHARS = 120;
/** In the page: what content platform objects and proxies have, and what an error says. */
const STRINGIFY = 'function () { return JSON.stringify(this, (key, value) => (value instanceof Error ? String(value) : value)); }';

/** `result`: what Runtime.evaluate answered with, not by value. */
export async function scriptValue(session: Cdp, result: JsonRecord, ms: number): Promise<ScriptValue> {
  if (text(result.objectId) !== undefined && result.type === 'object') return ofObject(session, result.objectId, ms);
  if (result.type === 'symbol') return { value: text(result.description) ?? 'Symbol()', notes: [note(['a symbol (as text)'])] };
  if (result.type === 'function') return { value: '[function]', notes: [note(['a function (as text)'])] };
  if (result.value !== undefined) return { value: result.value, notes: [] };
  const unserializable = text(result.unserializableValue); // NaN, Infinity, -0, 10n
  return unserializable === undefined ? { value: null, notes: [] } : { value: unserializable, notes: [note([`${unserializable} (as text)`])] };
}

async function ofObject(session: Cdp, objectId: unknown, ms: number): Promise<ScriptValue> {
  const ask = (params: JsonRecord): Promise<JsonRecord> =>
    session.send('Runtime.callFunctionOn', { objectId, functionDeclaration: 'function () { return this; }', ...params }, ms);
  let circular = false;
  let isGone = false;
  const plain = await ask({ returnByValue: true }).then(
    (answer) => record(answer.result).value,
    (error: unknown) => {
      if (!(error instanceof CdpError)) throw error;
      circular = /reference chain/i.test(error.detail);
      isGone = /cannot find|could not find|navigated/i.test(error.detail);
      return undefined;
    },
  );
  const maxDepth = circular ? CIRCULAR_DEPTH : DEPTH;
  const serializationOptions = { serialization: 'deep', maxDepth, additionalParameters: { maxNodeDepth: 0, includeShadowTree: 'none' } };
  const deep = await ask({ serializationOptions }).then((answer) => record(record(answer.result).deepSerializedValue), refused);
  if (isGone) return { value: null, notes: ['The page went to another before what the script returned could be read.'] };
  if (deep === undefined && plain !== undefined) return { value: plain, notes: [] };
  if (deep === undefined || deep.type === 'window') {
    throw new ToolError('tool_failed', 'The script ran, but its result cannot be written as JSON: it is a window, is nested too deep, or fails when it is read.', 'Return plain values: strings, numbers, lists, objects of those.');
  }
  const first = new Reading(circular);
  const value = first.read(deep, plain);
  if (!first.needsPage) return { value, notes: first.notes() };
  const answer = await ask({ functionDeclaration: STRINGIFY, returnByValue: true }).catch(refused);
  const second = new Reading(circular);
  return { value: second.read(deep, parsed(text(record(answer?.result).value)) ?? plain), notes: second.notes() };
}

function refused(error: unknown): undefined {
  if (!(error instanceof CdpError)) throw error;
}

function parsed(json: string | undefined): unknown {
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** One way through a value that the engine serialized. */
class Reading {
  /** The page is to be asked for something that the engine does not tell. */
  needsPage = false;
  readonly #circular: boolean;
  readonly #known = new Map<unknown, unknown>();
  readonly #odd = new Set<string>();

  constructor(circular: boolean) {
    this.#circular = circular;
  }

  /** `shown`: the same value by another way, for what this one does not tell. */
  read(deep: JsonRecord, shown: unknown): unknown {
    const reference = deep.weakLocalObjectReference;
    if (reference === undefined) return this.#one(deep, shown);
    if (deep.value === undefined && this.#known.has(reference)) return this.#circular ? '[seen above]' : this.#known.get(reference);
    this.#known.set(reference, undefined);
    const value = this.#one(deep, shown);
    this.#known.set(reference, value);
    return value;
  }

  notes(): string[] {
    const odd = this.#odd.size === 0 ? [] : [note([...this.#odd])];
    return this.#circular ? [`The value goes in circles: an object that comes again is told as [seen above], and nothing below ${CIRCULAR_DEPTH} levels is told.`, ...odd] : odd;
  }

  #one({ type, value }: JsonRecord, shown: unknown): unknown {
    switch (type) {
      case 'string':
      case 'boolean':
        return value;
      case 'null':
      case 'undefined':
        return null;
      case 'number':
        if (typeof value === 'number') return value;
        return value === '-0' ? 0 : this.#text(String(value), String(value));
      case 'bigint':
        return this.#text('a BigInt', `${String(value)}n`);
      case 'date':
        return value === 'Invalid Date' ? null : value;
      case 'regexp':
        return this.#text('a regular expression', `/${String(record(value).pattern)}/${text(record(value).flags) ?? ''}`);
      case 'node':
        return this.#text('a node of the page', element(record(value)));
      case 'function':
      case 'symbol':
      case 'promise':
      case 'window':
        return this.#text(`a ${type}`, `[${type}]`);
      case 'array':
      case 'nodelist':
      case 'htmlcollection':
        if (value === undefined) break;
        return list(value).map((item, index) => this.read(record(item), Array.isArray(shown) ? shown[index] : undefined));
      case 'set':
        if (value === undefined) break;
        this.#odd.add('a Set (as a list)');
        return list(value).map((item) => this.read(record(item), undefined));
      case 'map':
        if (value === undefined) break;
        this.#odd.add('a Map (as a list of its pairs)');
        return list(value).map((pair) => list(pair).map((side) => (typeof side === 'string' ? side : this.read(record(side), undefined))));
      case 'object':
        if (value === undefined) break;
        return this.#object(list(value), record(shown));
      default:
    }
    this.needsPage ||= type === 'platformobject' || type === 'proxy' || type === 'error';
    const isTold = shown !== undefined && !(type === 'error' && isRecord(shown));
    return isTold ? shown : this.#text(`a value of the type ${String(type)}`, `[${String(type)}]`);
  }

  #object(fields: readonly unknown[], shown: JsonRecord): unknown {
    const told: [string, unknown][] = [];
    for (const field of fields) {
      const [name, value] = list(field);
      const deep = record(value);
      if (typeof name === 'string' && deep.type !== 'undefined') told.push([name, this.read(deep, shown[name])]);
    }
    return Object.fromEntries(told);
  }

  #text(what: string, value: string): string {
    this.#odd.add(`${what} (as text)`);
    return value;
  }
}

function note(odd: readonly string[]): string {
  return `JSON has no form for part of the value: ${odd.join(', ')}.`;
}

function element({ localName, nodeType, attributes }: JsonRecord): string {
  if (typeof localName !== 'string') return nodeType === 9 ? '#document' : '#text';
  const given = Object.entries(record(attributes)).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
  return `<${localName}${bounded(given.join(''), ELEMENT_CHARS)}>`;
}
