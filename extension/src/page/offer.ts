// What to do about a ref whose element is gone. It exists because the worker and the agent both offer what is like it now.

const MOST = 5;

/** The next step: the refs of what now has the same role and name, if that is a choice one can make. */
export function offer(refs: readonly string[], otherwise: string): string {
  if (refs.length === 0 || refs.length > MOST) return otherwise;
  const named = refs.map((ref) => `[ref=${ref}]`).join(', ');
  return refs.length === 1
    ? `${named} now has the same role and name: use that if it is what you mean.`
    : `${named} now have the same role and name: take browser_snapshot to see which one you mean.`;
}
