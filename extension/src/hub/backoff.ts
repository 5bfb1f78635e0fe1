// How long to wait between two looks for the hub. It exists as a pure function because Chrome slows down failing WebSockets,
// so /health is probed by fetch instead, and the pace of that is what decides how fast a restarted hub is found again.

/** Up to when after the loss (ms) which step holds: a killed hub's next one is there within a tenth of a second. */
const STEPS = [
  { until: 1, step: 0 },
  { until: 300, step: 10 },
  { until: 2_000, step: 25 },
] as const;
const CALM_STEP = 1_000;
const REFUSED_STEP = 5_000;
const SUPERSEDED_STEP = 30_000;

/** Why the last attempt ended: nobody answered, somebody answered and said no, the hub said that it stops, or the link simply broke. */
export type LastEnd = 'unreachable' | 'refused' | 'superseded' | 'stopping' | 'broken';

/** `waited` = ms since the link was lost or the worker woke; `random` in [0, 1) keeps several browsers out of step. */
export function nextDelay(waited: number, last: LastEnd, random: number): number {
  return stepFor(waited, last) * (0.8 + 0.4 * random);
}

function stepFor(waited: number, last: LastEnd): number {
  if (last === 'superseded') return SUPERSEDED_STEP;
  if (last === 'refused') return REFUSED_STEP;
  return STEPS.find(({ until }) => waited < until)?.step ?? CALM_STEP;
}
