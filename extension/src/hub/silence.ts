// When a hub that says nothing counts as gone. It exists because a socket can die without a word (the hub is stopped or jammed,
// the other end is half open), and because a worker or a machine that was suspended must not blame the hub for it.
//
// The hub pings every 20 s. After 25 s of silence it is asked for a sign of life, which it has 5 s to give: a silent hub is
// noticed after 30 s.

const QUIET_MS = 25_000;
const SIGN_MS = 5_000;
/** A timer that is later than this was held up: nobody was there to read what the hub may have said meanwhile. */
const LATE_MS = 1_000;

export class Silence {
  readonly #ask: () => void;
  readonly #over: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ask: () => void, over: () => void) {
    this.#ask = ask;
    this.#over = over;
  }

  /** The hub said something. */
  heard(): void {
    this.stop();
    this.#timer = setTimeout(() => this.#askForSign(), QUIET_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #askForSign(): void {
    this.#ask();
    const due = performance.now() + SIGN_MS;
    this.#timer = setTimeout(() => {
      // What waits in the socket is read before the next sign is due.
      if (performance.now() > due + LATE_MS) this.#askForSign();
      else this.#over();
    }, SIGN_MS);
  }
}
