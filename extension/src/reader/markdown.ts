// A clean tree as Markdown, by turndown with the tables, task lists and strike-through of GitHub. The library walks our copy only.

import { gfm } from '@joplin/turndown-plugin-gfm';
import Turndown from 'turndown';

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
  return service.turndown(root).replace(/[ \t]+$/gm, '').replace(/\n{3,}/g, '\n\n').trim();
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
