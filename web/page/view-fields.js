// The fields that the view worker can show. A View is made of the latest bytes when it is first needed, so bytes that
// nobody looks at cost nothing.

export class Fields {
  #entries = new Map();

  /** @param {new (bytes: Uint8Array) => any} View the engine's class */
  constructor(View) {
    this.View = View;
  }

  /**
   * Takes newer bytes for `name`.
   * @param {string} name
   * @param {Uint8Array} bytes
   */
  put(name, bytes) {
    const entry = this.#entries.get(name) ?? { view: null, info: null };
    entry.bytes = bytes;
    this.#entries.set(name, entry);
  }

  /**
   * The view and the description of the latest bytes.
   * @param {string} name
   * @returns {{view: any, info: any}}
   */
  open(name) {
    const entry = this.#entries.get(name);
    if (!entry) throw new Error("There is no field to show yet.");
    if (entry.bytes) {
      const view = new this.View(entry.bytes);
      entry.view?.free();
      Object.assign(entry, { bytes: null, view, info: JSON.parse(view.info()) });
    }
    return entry;
  }

  has(name) {
    return this.#entries.has(name);
  }

  /** @param {string} name */
  forget(name) {
    this.#entries.get(name)?.view?.free();
    this.#entries.delete(name);
  }
}
