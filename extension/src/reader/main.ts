// The script behind browser_get_text and browser_extract, injected when it is asked for. It leaves one object in the extension's isolated world.

import { clean } from './clean.ts';
import { extract } from './extract.ts';
import { markdown } from './markdown.ts';
import { plainText } from './plain.ts';
import { READER_VERSION, type Reader } from './protocol.ts';

const reader: Reader = {
  version: READER_VERSION,
  extract: (wanted, { root, value }) => extract(root === null ? Document.prototype.createElement.call(document, 'div') : clean(root, { format: 'html', value }).root, wanted),
  read(format, { root, value }) {
    if (root === null) return { content: '', frames: [] };
    const copy = clean(root, { format, value });
    const content = format === 'html' ? copy.root.innerHTML : format === 'markdown' ? markdown(copy.root) : plainText(copy.root);
    return { content, frames: copy.frames };
  },
};

globalThis.__tabhubReader = reader;
