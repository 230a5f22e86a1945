// What a visitor can set: names, ranges, first values and one sentence each. The names of the fit's settings are those
// of the command.

/**
 * @typedef {object} Setting
 * @property {string} name
 * @property {string} label
 * @property {"source" | "network" | "fit"} group the card that shows it
 * @property {string} help one sentence
 * @property {number | string} initial
 * @property {[number | string, string][]} [choices] of a choice
 * @property {number} [least] of a number
 * @property {number} [most]
 * @property {number} [step]
 * @property {boolean} [logarithmic] whether equal ways of the slider are equal factors
 * @property {"picture" | "sound"} [only] the kind of source it concerns
 * @property {boolean} [ruled] whether a sound has a value of its own by a rule of the engine
 */

/** @type {Setting[]} */
export const SETTINGS = [
  {
    name: "size", label: "Longest side", group: "source", only: "picture", initial: 128,
    choices: [[64, "64 pixels"], [128, "128 pixels"], [192, "192 pixels"], [256, "256 pixels"]],
    help: "The picture is reduced to this size before the fit.",
  },
  {
    name: "seconds", label: "Seconds", group: "source", only: "sound", initial: 2, least: 0.5, most: 10, step: 0.5,
    help: "A longer sound is cut to its first seconds.",
  },
  {
    name: "rate", label: "Sample rate", group: "source", only: "sound", initial: 16000,
    choices: [[8000, "8,000 Hz"], [16000, "16,000 Hz"], [24000, "24,000 Hz"], [44100, "44,100 Hz"]],
    help: "The sound is converted to this rate before the fit.",
  },
  {
    name: "activation", label: "Activation", group: "network", initial: "sine",
    choices: [["sine", "sine"], ["relu", "ReLU"], ["tanh", "tanh"], ["positional", "positional encoding + ReLU"]],
    help: "The function that every hidden layer applies.",
  },
  {
    name: "hidden", label: "Width", group: "network", initial: 64, least: 16, most: 256, step: 16,
    help: "The number of neurons of a hidden layer.",
  },
  {
    name: "layers", label: "Depth", group: "network", initial: 3, least: 1, most: 5, step: 1,
    help: "The number of hidden layers after the first.",
  },
  {
    name: "first_omega", label: "First omega", group: "network", initial: 30, least: 1, most: 10000, step: 1,
    logarithmic: true, ruled: true,
    help: "A larger omega of the first layer gives finer detail, and more noise between the pixels.",
  },
  {
    name: "omega", label: "Hidden omega", group: "network", initial: 30, least: 1, most: 100, step: 1,
    logarithmic: true, ruled: true,
    help: "The omega of the other hidden layers; the paper takes 30.",
  },
  {
    name: "recipe", label: "Fit to", group: "fit", only: "picture", initial: "values",
    choices: [["values", "values"], ["gradient", "gradient alone"]],
    help: "A picture is known by its gradient except for one constant.",
  },
  {
    name: "lr", label: "Rate", group: "fit", initial: 1e-3, least: 1e-5, most: 1e-2, logarithmic: true, ruled: true,
    help: "The length of a step; too long a step makes the fit unstable.",
  },
  {
    name: "steps", label: "Steps", group: "fit", initial: 3000, least: 50, most: 20000, step: 50, logarithmic: true,
    help: "The fit ends after this number of steps.",
  },
  {
    name: "seed", label: "Seed", group: "fit", initial: 0, least: 0, most: 9999, step: 1,
    help: "The first weights follow from this number.",
  },
];

const BY_NAME = new Map(SETTINGS.map((setting) => [setting.name, setting]));

/** A value that the setting allows, or undefined. */
function allowed(setting, value) {
  if (!setting.choices) return nearest(setting, Number(value));
  return setting.choices.map(([choice]) => choice).find((choice) => String(choice) === String(value));
}

function nearest({ least, most }, number) {
  return Number.isFinite(number) ? Math.min(most, Math.max(least, number)) : undefined;
}

/** The settings in force. It tells its listeners the names that changed. */
export class Settings extends EventTarget {
  #chosen = new Map(); // what the visitor or the address has set

  /**
   * @param {string} name
   * @returns {number | string}
   */
  get(name) {
    return this.#chosen.get(name) ?? BY_NAME.get(name).initial;
  }

  /**
   * Takes new values; unknown names and impossible values are left out.
   * @param {Object<string, unknown>} values
   */
  set(values) {
    const changed = [];
    for (const [name, value] of Object.entries(values)) {
      const setting = BY_NAME.get(name);
      const taken = setting && allowed(setting, value);
      if (taken === undefined || taken === this.#chosen.get(name)) continue;
      this.#chosen.set(name, taken);
      changed.push(name);
    }
    if (changed.length) this.dispatchEvent(new CustomEvent("change", { detail: changed }));
  }

  /** Forgets every choice. */
  reset() {
    const changed = [...this.#chosen.keys()];
    this.#chosen.clear();
    if (changed.length) this.dispatchEvent(new CustomEvent("change", { detail: changed }));
  }

  /**
   * What differs from the first values.
   * @returns {[string, number | string][]}
   */
  chosen() {
    return [...this.#chosen].filter(([name, value]) => value !== BY_NAME.get(name).initial);
  }

  /**
   * The settings of a fit for the engine. What a rule of the engine decides for sounds is left out unless chosen.
   * @param {"picture" | "sound" | "clone"} kind
   * @param {string} [activation] another one than the chosen
   * @returns {object}
   */
  forEngine(kind, activation = String(this.get("activation"))) {
    const names = ["hidden", "layers", "steps", "seed", "lr"];
    if (activation === "sine") names.push("first_omega", "omega");
    if (kind === "picture") names.push("recipe");
    const ruled = (name) => kind === "sound" && BY_NAME.get(name).ruled && !this.#chosen.has(name);
    const values = Object.fromEntries(names.filter((name) => !ruled(name)).map((name) => [name, this.get(name)]));
    if (activation !== "positional") return { ...values, activation };
    return { ...values, activation: "relu", encoding: "positional" };
  }
}
