// browser_extract: rows of data by a JSON Schema or a list of fields, from the table, list, definition list or form that fits best.

import { firstThatFit, roomBeside } from '../bounded.ts';
import { ToolError } from '../errors.ts';
import { isRecord, list, record, text, type JsonRecord } from '../json.ts';
import type { WantedField } from '../reader/protocol.ts';
import { locate } from './aiming.ts';
import { header, pageTool } from './page-tool.ts';
import { optionalNumber, optionalText, texts, wrong } from './params.ts';
import type { Tool } from './tool.ts';

const TYPES = ['string', 'number', 'integer', 'boolean', 'array'] as const;

export const extract: Tool = pageTool({ need: 'content', kind: 'reader' }, async (run) => {
  const { params, services, waitingFor } = run.call;
  const fields = texts(params, 'fields');
  const schema = params.schema === undefined ? undefined : record(params.schema);
  const wanted = schema !== undefined ? wantedBy(schema) : fields.length > 0 ? fields.map((name) => fieldOf(name, {}, false)) : undefined;
  const ref = optionalText(params, 'ref');
  const target = ref === undefined ? undefined : await locate(run, ref, 'handle');
  waitingFor('the page to be read');
  const { what, rows, total } = await services.pages.extract(run.tabId, wanted, target);
  if (rows.length === 0) {
    throw new ToolError('tool_failed', `Nothing ${target === undefined ? 'on the page' : `in ${target.what}`} has the shape of rows${wanted === undefined ? '' : ` with ${wanted.map(({ name }) => name).join(', ')}`}.`, 'Name the fields as the page does, give the ref of the table or list, or read it with browser_get_text.');
  }
  const missing = (wanted ?? []).map(({ name }) => name).filter((name) => rows.every((row) => row[name] === null));
  if (missing.length > 0) run.notes.push(`Nothing there is called ${missing.join(', ')}: null in each row.`);
  const strict = (wanted ?? []).filter(({ required, name }) => required && !missing.includes(name));
  const gaps = strict.filter(({ name }) => rows.some((row) => row[name] === null)).map(({ name }) => name);
  if (gaps.length > 0) run.notes.push(`Some rows have no ${gaps.join(', ')}, which the schema requires: null there.`);
  const page = await header(run.tabId);
  const room = optionalNumber(params, 'maxChars') ?? roomBeside(page.url);
  // As JSON has them: in brackets, a comma between two.
  const shown = firstThatFit(rows, room - 1, (row) => JSON.stringify(row).length + 1);
  if (shown.length < rows.length) run.notes.push(`${rows.length - shown.length} more rows do not fit into a default answer: ask for fewer fields, give the ref of a part, or call again with maxChars ${JSON.stringify(rows).length}.`);
  const more = total > shown.length ? ` of ${total}` : '';
  const outer = schema === undefined ? undefined : listIn(schema);
  const single = schema?.type === 'object' && outer === undefined;
  return {
    page,
    text: `${shown.length}${more} ${shown.length === 1 && more === '' ? 'row' : 'rows'} from ${what}.`,
    value: single ? rows[0] : outer === undefined ? shown : { [outer.name]: shown },
  };
});

/** The fields of a row: of an object, of a list of objects, or of the list in an object. */
export function wantedBy(schema: JsonRecord): WantedField[] {
  const row = schema.type === 'array' ? record(schema.items) : (listIn(schema)?.row ?? schema);
  const properties = record(row.properties);
  const required = new Set(list(row.required));
  const fields = Object.entries(properties).map(([name, given]) => fieldOf(name, record(given), required.has(name)));
  if (fields.length === 0) throw wrong('schema', 'a JSON Schema of an object with properties, or of a list of those');
  return fields;
}

/** The one list of objects that an object holds, if it holds nothing else: `{ products: [{ … }] }`. */
function listIn(schema: JsonRecord): { name: string; row: JsonRecord } | undefined {
  const [first, ...others] = Object.entries(record(schema.properties));
  if (first === undefined || others.length > 0) return undefined;
  const [name, given] = first;
  const row = record(record(given).items);
  return record(given).type === 'array' && isRecord(row.properties) ? { name, row } : undefined;
}

function fieldOf(name: string, given: JsonRecord, required: boolean): WantedField {
  const types = Array.isArray(given.type) ? given.type : [given.type];
  const type = TYPES.find((one) => types.includes(one)) ?? 'string';
  const hint = [text(given.title), text(given.description)].filter((word) => word !== undefined).join(' ');
  const choices = list(given.enum).filter((one) => typeof one === 'string');
  return {
    name, type, required,
    ...(hint === '' ? {} : { hint }),
    ...(given.format === 'uri' || given.format === 'url' || /^(?:url|link|href|image_?url)$/i.test(name) ? { isUrl: true } : {}),
    ...(choices.length > 0 ? { choices } : {}),
  };
}
