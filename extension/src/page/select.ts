// Elements by CSS selector, through shadow roots. It exists because a caller may name an element by a selector instead of a ref.

import { queryAll, shadowRootOf } from './dom.ts';
import { AgentError } from './failure.ts';

export function allMatches(selector: string): Element[] {
  try {
    return matchesIn(document, selector);
  } catch (error) {
    throw new AgentError(
      'invalid_params',
      `${JSON.stringify(selector)} is neither a ref nor a CSS selector: ${error instanceof Error ? error.message : String(error)}`,
      'Give a ref from the newest snapshot, such as e12, or a CSS selector that matches one element.',
    );
  }
}

function matchesIn(root: Document | ShadowRoot, selector: string): Element[] {
  const found = queryAll(root, selector);
  for (const el of queryAll(root, '*')) {
    const shadow = shadowRootOf(el);
    if (shadow) found.push(...matchesIn(shadow, selector));
  }
  return found;
}

export function countMatches(selector: string): number {
  return allMatches(selector).length;
}

export function onlyMatch(selector: string): Element {
  const found = allMatches(selector);
  const first = found[0];
  if (first === undefined) {
    throw new AgentError('not_actionable', `The selector ${JSON.stringify(selector)} matches nothing in the page.`, 'Take browser_snapshot and use a ref from it.');
  }
  if (found.length > 1) {
    throw new AgentError(
      'invalid_params',
      `The selector ${JSON.stringify(selector)} matches ${found.length} elements; it must match exactly one.`,
      'Make the selector narrower, or use a ref from browser_snapshot.',
    );
  }
  return first;
}
