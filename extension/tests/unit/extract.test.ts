// The promise: numbers are read as people write them, and a schema's fields are found however it is wrapped.

import { describe, expect, it } from 'vitest';
import { numberOf } from '../../src/reader/extract.ts';
import { wantedBy } from '../../src/tools/extract.ts';

it.each([
  ['1.299,00 €', 1299], ['1.299 €', 1299], ['$1,299.50', 1299.5], ['1,299', 1299], ['1.299', 1.299], ['2,50', 2.5], ['-3 %', -3], ['(12)', 12], ['1 234 567', 1234567],
  ['1,234,567.8', 1234567.8], ['1.234.567', 1234567], ['4 stars', 4], ['none', null], ['5.', 5], ['€ 12,–', 12],
])('%s is %s', (text, value) => expect(numberOf(text, false)).toBe(value));

describe('the fields of a schema', () => {
  const row = { type: 'object', required: ['a'], properties: { a: { type: ['integer', 'null'], description: 'how many' }, url: {}, kind: { enum: ['x'] } } };
  const fields = [
    { name: 'a', type: 'integer', required: true, hint: 'how many' }, { name: 'url', type: 'string', required: false, isUrl: true },
    { name: 'kind', type: 'string', required: false, choices: ['x'] },
  ];
  it.each([[row], [{ type: 'array', items: row }], [{ type: 'object', properties: { rows: { type: 'array', items: row } } }]])('are those of a row (%#)', (schema) => {
    expect(wantedBy(schema)).toEqual(fields);
  });
  it('must be there', () => expect(() => wantedBy({ type: 'string' })).toThrow(expect.objectContaining({ code: 'invalid_params' })));
});
