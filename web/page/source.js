// What is fitted: a picture or a sound from a file, read again when its size is set anew.

import { counted, short } from "./format.js";
import { readPicture } from "./picture-file.js";
import { readSound } from "./sound-file.js";

const SOUNDS = /\.(wav|mp3|flac|ogg|oga|opus|m4a|aac|weba)$/i;

/**
 * @typedef {object} Source
 * @property {"picture" | "sound" | "clone"} kind
 * @property {string} name of the file
 * @property {File} file
 * @property {string} note one sentence that says what is fitted
 * It has the properties of a Picture or a Sound as well.
 */

/**
 * The kind of a file, by its name and type.
 * @param {File} file
 * @returns {"field" | "sound" | "picture"}
 */
export function kindOf(file) {
  if (/\.safetensors$/i.test(file.name)) return "field";
  return SOUNDS.test(file.name) || file.type.startsWith("audio/") ? "sound" : "picture";
}

/**
 * Reads a picture or a sound at the size in the settings.
 * @param {File} file
 * @param {import("./settings.js").Settings} settings
 * @returns {Promise<Source>}
 */
export async function readSource(file, settings) {
  const common = { file, name: file.name };
  if (kindOf(file) === "sound") {
    const sound = await readSound(file, settings.get("rate"), settings.get("seconds"));
    return { kind: "sound", ...common, ...sound, note: soundNote(file.name, sound) };
  }
  const picture = await readPicture(file, settings.get("size"));
  return { kind: "picture", ...common, ...picture, note: pictureNote(file.name, picture) };
}

function pictureNote(name, { rows, columns, channels, original }) {
  const colours = channels === 1 ? "grey" : "coloured";
  const size = `${columns} × ${rows} ${colours} pixels`;
  if (original.rows === rows && original.columns === columns) return `${name}: ${size}.`;
  return `${name}: ${original.columns} × ${original.rows} pixels, reduced to ${size}.`;
}

function soundNote(name, { samples, channels, rate, original }) {
  const count = samples.length / channels;
  const cut = original > count / rate + 0.01 ? `, the first ${short(count / rate)} of ${short(original)} s` : "";
  return `${name}: ${counted(count)} samples at ${counted(rate)} Hz${channels === 2 ? ", stereo" : ""}${cut}.`;
}

/**
 * The settings that change what is read from a file.
 * @param {Source} source
 * @returns {string[]}
 */
export function readingSettings({ kind }) {
  return kind === "sound" ? ["seconds", "rate"] : ["size"];
}
