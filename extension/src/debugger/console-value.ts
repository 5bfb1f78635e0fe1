// What a page hands to its console, as the console would print it. It exists because Chrome tells each argument as an object with a
// preview, and leaves what the first of them asks for (%s, %d, %c) to whoever shows it.

import { list, record, text, type JsonRecord } from '../json.ts';

/** The arguments of one call, in one text. */
export function printed(args: readonly unknown[]): string {
  const [first, ...rest] = args;
  const format = text(record(first).value);
  if (format === undefined || !format.includes('%')) return args.map(describe).join(' ');
  let next = 0;
  const said = format.replace(/%(?:[sdifoOcj%]|\.\d+f)/g, (all) => {
    if (all === '%%') return '%';
    if (next >= rest.length) return all;
    const value = rest[next];
    next += 1;
    return all === '%c' ? '' : describe(value); // Chrome has made the numbers of %d, %i and %f.
  });
  return [said, ...rest.slice(next).map(describe)].join(' ');
}

/** One value (CDP's RemoteObject). */
export function describe(value: unknown): string {
  const object = record(value);
  if (typeof object.value === 'string') return object.value;
  if (text(object.unserializableValue) !== undefined) return text(object.unserializableValue) ?? '';
  if (object.type === 'undefined') return 'undefined';
  if (object.value !== undefined) return JSON.stringify(object.value);
  if (object.subtype === 'null') return 'null';
  return preview({ subtype: object.subtype, ...record(object.preview) }, text(object.description) ?? '', text(object.className));
}

/** What its preview (CDP's ObjectPreview) shows; its description where that says more. */
function preview(shown: JsonRecord, description: string, className: string | undefined): string {
  const { properties, entries, subtype, overflow } = shown;
  if (/^(?:error|date|regexp|node|promise)$/.test(String(subtype)) || properties === undefined) return description;
  const more = overflow === true ? ['…'] : [];
  if (entries !== undefined) return `${description} {${[...list(entries).map(entry), ...more].join(', ')}}`;
  const isArray = subtype === 'array' || subtype === 'typedarray';
  const parts = list(properties).map((item) => {
    const property = record(item);
    return isArray ? part(property) : `${String(property.name)}: ${part(property)}`;
  });
  const inside = [...parts, ...more].join(', ');
  if (isArray) return `[${inside}]`;
  return `${className === undefined || className === 'Object' ? '' : `${className} `}{${inside}}`;
}

/** A pair of a map, or a member of a set. */
function entry(item: unknown): string {
  const { key, value } = record(item);
  return key === undefined ? member(record(value)) : `${member(record(key))} => ${member(record(value))}`;
}

function member(shown: JsonRecord): string {
  const description = text(shown.description) ?? String(shown.subtype ?? shown.type);
  if (shown.type === 'string') return JSON.stringify(description);
  return shown.type === 'object' ? preview(shown, description, description) : description;
}

/** A property's value, which Chrome tells as a text, and of some also as a preview. */
function part({ type, value, valuePreview }: JsonRecord): string {
  if (type === 'string') return JSON.stringify(value);
  if (type === 'function') return 'function';
  return valuePreview === undefined ? String(value) : preview(record(valuePreview), String(value), String(value));
}
