// A clean tree as plain text. It exists because innerText knows nothing of what was left out, and because a table's cells and a
// list's items must stay apart.

const PARAGRAPHS = new Set('p blockquote dl figure form h1 h2 h3 h4 h5 h6 ol pre table ul'.split(' '));
const LINES = new Set('address article aside caption center dd details dialog dir div dt fieldset figcaption footer header hgroup legend li main menu nav output search section summary tbody tfoot thead tr'.split(' '));

export function plainText(root: Element): string {
  const out = new Lines();
  addAll(root, out, false, false);
  return out.text();
}

function addAll(el: Element, out: Lines, keepsSpace: boolean, tight: boolean): void {
  for (const child of el.childNodes) {
    if (child instanceof Text || child.nodeType === 3) out.words(child.textContent ?? '', keepsSpace);
    else if (child.nodeType === 1) add(child as Element, out, keepsSpace, tight);
  }
}

/** `tight`: within an item or a cell, where no empty lines part what is inside. */
function add(el: Element, out: Lines, keepsSpace: boolean, tight: boolean): void {
  const tag = el.localName;
  if (tag === 'br') return out.lineEnd();
  if (tag === 'hr') return out.gap();
  if (tag === 'img') return out.words(el.getAttribute('alt') ?? '', false);
  if (tag === 'td' || tag === 'th') {
    addAll(el, out, keepsSpace, true);
    return out.cellEnd();
  }
  const end = PARAGRAPHS.has(tag) && !tight ? () => out.gap() : LINES.has(tag) || PARAGRAPHS.has(tag) ? () => out.line() : () => undefined;
  end();
  if (tag === 'li') out.words('- ', true);
  addAll(el, out, keepsSpace || tag === 'pre', tight || tag === 'li');
  end();
}

class Lines {
  #done: string[] = [];
  #now = '';
  #gap = false;

  words(text: string, keepsSpace: boolean): void {
    if (keepsSpace) {
      const [first = '', ...rest] = text.split('\n');
      this.#now += first;
      for (const line of rest) {
        this.lineEnd();
        this.#now = line;
      }
      return;
    }
    const squashed = text.replace(/[ \t\n\r\f\u200b\u00ad]+/g, ' ');
    this.#now += /(?:^|\s)$/.test(this.#now) ? squashed.trimStart() : squashed;
  }

  line(): void {
    if (this.#now.trim() !== '' && this.#now.trim() !== '-') this.lineEnd();
  }

  lineEnd(): void {
    if (this.#gap && this.#done.length > 0) this.#done.push('');
    this.#gap = false;
    this.#done.push(this.#now.trimEnd());
    this.#now = '';
  }

  gap(): void {
    this.line();
    // Within an item the words that follow belong to its line.
    if (this.#now.trim() === '') this.#gap = true;
  }

  cellEnd(): void {
    this.#now = `${this.#now.trimEnd()}\t`;
  }

  text(): string {
    this.line();
    return this.#done.join('\n').replace(/\n{3,}/g, '\n\n').trim();
  }
}
