// Makes the inputs of the settings: a choice, or a number with a slider. Every input has a label and a sentence.

import { short } from "./format.js";
import { SETTINGS } from "./settings.js";

/** Positions of a logarithmic slider. A linear one has the steps of its number. */
const POSITIONS = 60;

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** The position of a number on the slider. */
function toPosition({ least, most, logarithmic }, value) {
  return logarithmic ? Math.round((POSITIONS * Math.log(value / least)) / Math.log(most / least)) : value;
}

/** The number at a position of the slider. */
function fromPosition({ least, most, logarithmic, step }, position) {
  if (!logarithmic) return position;
  const value = least * (most / least) ** (position / POSITIONS);
  return step ? rounded(value, step, least) : Number(value.toPrecision(2));
}

/** The nearest multiple of the step, to at most three digits if it is large. */
function rounded(value, step, least) {
  return Math.max(least, Math.round(Number(value.toPrecision(3)) / step) * step);
}

/** A choice among a few words. */
function makeChoice(setting, id, take) {
  const option = ([value, text]) => element("option", { value: String(value), textContent: text });
  const select = element("select", { id }, ...setting.choices.map(option));
  select.setAttribute("aria-describedby", `${id}-help`);
  select.addEventListener("change", () => take(select.value));
  return { parts: [select], show: (value) => (select.value = String(value)) };
}

/** A number, typed or slid. */
function makeNumber(setting, id, take) {
  const { least, most } = setting;
  const number = element("input", { type: "number", id, min: String(least), max: String(most), step: "any" });
  const [low, high, step] = setting.logarithmic ? [0, POSITIONS, 1] : [least, most, setting.step];
  const slider = element("input", { type: "range", min: String(low), max: String(high), step: String(step) });
  slider.setAttribute("aria-label", `${setting.label}, slider`);
  number.setAttribute("aria-describedby", `${id}-help`);
  const show = (value) => {
    number.value = short(value);
    slider.value = String(toPosition(setting, value));
    slider.setAttribute("aria-valuetext", short(value));
  };
  slider.addEventListener("input", () => {
    number.value = short(fromPosition(setting, Number(slider.value)));
    slider.setAttribute("aria-valuetext", number.value);
  });
  slider.addEventListener("change", () => take(Number(number.value)));
  number.addEventListener("change", () => take(number.value === "" ? NaN : Number(number.value)));
  return { parts: [number, slider], show };
}

/** One setting: label, input, sentence. */
function makeControl(setting, settings) {
  const id = `set-${setting.name}`;
  const take = (value) => {
    settings.set({ [setting.name]: value });
    control.show(settings.get(setting.name));
  };
  const { parts, show } = (setting.choices ? makeChoice : makeNumber)(setting, id, take);
  const label = element("label", { htmlFor: id, textContent: setting.label });
  const help = element("p", { id: `${id}-help`, className: "help", textContent: setting.help });
  const root = element("div", { className: "control" }, label, ...parts, help);
  const control = { setting, root, show };
  show(settings.get(setting.name));
  return control;
}

/**
 * Fills the cards with controls.
 * @param {import("./settings.js").Settings} settings
 * @returns {{inForce: (values: object) => void, concern: (kind: string) => void}} `inForce` shows the values that the
 * engine took, `concern` hides what does not concern a kind of source
 */
export function makeControls(settings) {
  const controls = SETTINGS.map((setting) => makeControl(setting, settings));
  for (const { setting, root } of controls) document.getElementById(`controls-${setting.group}`).append(root);
  const showAll = () => controls.forEach(({ setting, show }) => show(settings.get(setting.name)));
  settings.addEventListener("change", showAll);
  return {
    inForce(values) {
      for (const { setting, show } of controls) {
        if (typeof values[setting.name] === "number") show(values[setting.name]);
      }
    },
    concern(kind) {
      const sine = settings.get("activation") === "sine";
      for (const { setting, root } of controls) {
        const idle = !sine && setting.name.endsWith("omega");
        root.hidden = idle || Boolean(setting.only && setting.only !== kind);
      }
    },
  };
}
