// A group of fits that take turns: one for the picture, four for the comparison.

/** Milliseconds of work between two looks at the messages. */
const SLICE = 10;
/** Milliseconds between two reports, and between two fields of one fit. */
const REPORT_EVERY = 80;
const FIELD_EVERY = 200;

/** One fit and what was last told of it. */
class Run {
  constructor(fitting) {
    this.fitting = fitting;
    this.progress = null;
    this.reported = -Infinity;
    this.sent = -Infinity;
    this.fresh = true; // the field has changed since it was sent
  }

  get done() {
    return Boolean(this.progress?.done);
  }
}

export class Session {
  /**
   * @param {any[]} fittings the engine's Fitting objects
   * @param {(message: object, transfer?: Transferable[]) => void} tell sends a message to the page
   */
  constructor(fittings, tell) {
    this.runs = fittings.map((fitting) => new Run(fitting));
    this.tell = tell;
    this.next = 0;
  }

  /** True when every fit has taken all its steps. */
  get done() {
    return this.runs.every((run) => run.done);
  }

  /**
   * Gives the next unfinished fit one slice of time.
   * @param {number} [milliseconds] 0 for one step
   */
  advance(milliseconds = SLICE) {
    const count = this.runs.length;
    for (let tried = 0; tried < count; tried++) {
      const index = this.next;
      this.next = (this.next + 1) % count;
      if (this.runs[index].done) continue;
      this.#step(index, milliseconds);
      return;
    }
  }

  /** Gives every unfinished fit one step, and reports all of them. */
  stepAll() {
    for (let index = 0; index < this.runs.length; index++) this.advance(0);
    this.flush();
  }

  /** Sends what has not been sent: the last reports and fields. */
  flush() {
    this.runs.forEach((run, index) => {
      if (run.progress) this.#report(index);
      this.#sendField(index);
    });
  }

  free() {
    for (const run of this.runs) run.fitting.free();
  }

  #step(index, milliseconds) {
    const run = this.runs[index];
    run.progress = JSON.parse(run.fitting.step(milliseconds));
    run.fresh = true;
    const now = performance.now();
    if (run.done || now - run.reported >= REPORT_EVERY) this.#report(index);
    if (run.done || now - run.sent >= FIELD_EVERY * this.runs.length) this.#sendField(index);
  }

  #report(index) {
    const run = this.runs[index];
    run.reported = performance.now();
    this.tell({ type: "progress", index, progress: run.progress });
  }

  #sendField(index) {
    const run = this.runs[index];
    if (!run.fresh) return;
    const bytes = run.fitting.field();
    run.fresh = false;
    run.sent = performance.now();
    this.tell({ type: "field", index, bytes }, [bytes.buffer]);
  }
}
