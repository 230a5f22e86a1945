// Finds the bundles of the engine that this browser can run.
//
// Each probe is a whole WebAssembly module with one function () -> v128. The browser only validates it.

import { BUILT } from "./engine/built.js";

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const TYPES = [0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b]; // one type: no parameters, one v128
const FUNCTIONS = [0x03, 0x02, 0x01, 0x00]; // one function of type 0
const SPLAT_ZERO = [0x41, 0x00, 0xfd, 0x0f]; // i32.const 0, i8x16.splat
const RELAXED_MADD = [0xfd, 0x85, 0x02]; // f32x4.relaxed_madd, opcode 0x105
const END = 0x0b;

/**
 * Makes a module whose only function runs `instructions`.
 * @param {number[]} instructions fewer than 120 bytes, so that every length fits in one byte
 * @returns {Uint8Array}
 */
function moduleOf(instructions) {
  const body = [0x00, ...instructions, END]; // no locals
  const code = [0x0a, body.length + 2, 0x01, body.length, ...body];
  return new Uint8Array([...HEADER, ...TYPES, ...FUNCTIONS, ...code]);
}

const PLAIN = moduleOf(SPLAT_ZERO);
const RELAXED = moduleOf([...SPLAT_ZERO, ...SPLAT_ZERO, ...SPLAT_ZERO, ...RELAXED_MADD]);

/**
 * The folders of the bundles that are there and can run, the fastest first; none if the browser has no SIMD. Those with
 * threads need shared memory, which a page has only if its host isolates it from others.
 * @returns {string[]}
 */
export function usableBundles() {
  if (!hasSimd()) return [];
  const sets = WebAssembly.validate(RELAXED) ? ["relaxed", "simd128"] : ["simd128"];
  const threaded = self.crossOriginIsolated ? sets.map((set) => `${set}-threads`) : [];
  return [...threaded, ...sets].filter((name) => BUILT.includes(name));
}

/** Whether the browser has the instructions that every bundle needs. */
export function hasSimd() {
  return typeof WebAssembly === "object" && WebAssembly.validate(PLAIN);
}
