// How long to wait between two looks for the hub. It exists as a pure function because Chrome slows down failing WebSockets,
// so /health is probed by fetch instead, and the pace of that is what decides how fast a restarted hub is found again.

const EAGER_STEP = 25;
const EAGER_FOR = 2_000;
const CALM_STEP = 1_000;
const REFUSED_STEP = 5_000;

/** Why the last attempt ended: nobody answered, somebody answered and said no, or the link simply broke. */
export type LastEnd = 'unreachable' | 'refused' | 'superseded' | 'broken';

/** `waited` = ms since the link was lost or the worker woke. */
export function nextDelay(waited: number, last: LastEnd): number {
  if (last === 'superseded') return 30_000;
  if (last === 'refused') return REFUSED_STEP;
  return waited < EAGER_FOR ? EAGER_STEP : CALM_STEP;
}
