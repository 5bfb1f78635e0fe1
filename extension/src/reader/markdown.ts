// A clean tree as Markdown, by turndown with the tables, task lists and strike-through of GitHub. The library walks our copy only.

import { gfm } from '@joplin/turndown-plugin-gfm';
import Turndown from 'turndown';
import { headersOf, isTable, type Row, tableOf } from './table.ts';

export function markdown(root: HTMLElement): string {
  const service = new Turndown({ headingStyle: 'atx', hr: '---', bulletListMarker: '-', codeBlockStyle: 'fenced', emDelimiter: '_' });
  service.use(gfm);
  // A picture without words says nothing to a reader of text.
  service.addRule('wordlessPicture', { filter: (node) => node.nodeName === 'IMG' && (node.getAttribute('alt') ?? '').trim() === '', replacement: () => '' });
  // A link around blocks, or with nothing in it, would break the line.
  service.addRule('link', {
    filter: (node) => node.nodeName === 'A' && node.getAttribute('href') !== null,
    replacement: (content, node) => {
      const words = content.replace(/\s*\n\s*/g, ' ').trim();
      const href = 'getAttribute' in node ? (node.getAttribute('href') ?? '') : '';
      return words === '' ? '' : `[${words}](${href.replace(/[()\s]/g, encodeURIComponent)})`;
    },
  });
  liftCaptions(root);
  for (const table of root.querySelectorAll('table')) square(table);
  return service.turndown(root).replace(/[ \t]+$/gm, '').replace(/\n{3,}/g, '\n\n').trim();
}

/** Markdown knows one row of headers and nothing that spans: each slot gets a cell, and headers above each other become one. */
function square(table: HTMLTableElement): void {
  const isPlain = table.querySelector('[rowspan],[colspan]') === null && table.querySelectorAll('thead > tr').length < 2;
  // One that holds tables is there for its layout.
  if (isPlain || table.querySelector('table') !== null || table.parentElement?.closest('table') != null || !isTable(table)) return;
  const formed = tableOf(table);
  const headers = headersOf(formed);
  const inert = table.ownerDocument;
  const made = (name: 'td' | 'th', from: readonly Element[]): Element => {
    const cell = inert.createElement(name);
    for (const [i, one] of from.entries()) cell.append(...(i === 0 ? [] : [' ']), ...[...one.childNodes].map((node) => node.cloneNode(true)));
    return cell;
  };
  const rowOf = (cells: readonly Element[]): Element => {
    const row = inert.createElement('tr');
    row.append(...cells);
    return row;
  };
  // What spans rows is said in each of them, what spans columns once.
  const plain = (row: Row): Element => rowOf(Array.from(row, (cell, x) => made('td', cell === undefined || cell === row[x - 1] ? [] : [cell])));
  const head = inert.createElement('thead');
  if (headers.length > 0) head.append(rowOf(headers.map((cells) => made('th', cells))));
  const body = inert.createElement('tbody');
  body.append(...[...formed.rows.slice(0, formed.headStart), ...formed.rows.slice(formed.headEnd)].filter((row) => row.length > 0).map(plain));
  table.replaceChildren(head, body);
}

/** Markdown knows no captions: within a table one would be taken for its first row. */
function liftCaptions(root: HTMLElement): void {
  for (const caption of root.querySelectorAll('table > caption')) {
    const line = caption.ownerDocument.createElement('p');
    line.append(...caption.childNodes);
    caption.parentElement?.before(line);
    caption.remove();
  }
}
