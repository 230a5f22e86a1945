// The status line for sentences to the visitor, and a hidden region that tells screen readers the progress now and
// then.

import { sentence } from "./format.js";

/** Milliseconds between two announcements of progress. */
const ANNOUNCE_EVERY = 10_000;

export class Status {
  #line = document.getElementById("status");
  #region = document.getElementById("announcement");
  #announced = 0;

  /**
   * Shows that something went wrong.
   * @param {string} text
   */
  fault(text) {
    this.#show(text, "fault");
  }

  /**
   * Shows what has happened.
   * @param {string} text
   */
  note(text) {
    this.#show(text, "note");
  }

  clear() {
    this.#line.textContent = "";
    this.#line.className = "status";
  }

  /**
   * Tells the progress to screen readers, if some time has passed.
   * @param {string} text
   * @param {boolean} [now] whether to tell it at once
   */
  announce(text, now = false) {
    if (!now && performance.now() - this.#announced < ANNOUNCE_EVERY) return;
    this.#announced = performance.now();
    this.#region.textContent = text;
  }

  #show(text, kind) {
    this.#line.textContent = sentence(text);
    this.#line.className = `status ${kind}`;
  }
}
