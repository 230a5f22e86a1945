// Numbers as text.

/**
 * A number with few digits, as a person would write it: 0.001, 30, 2.5e-5.
 * @param {number} value
 * @param {number} [digits] significant digits
 * @returns {string}
 */
export function short(value, digits = 3) {
  const rounded = Number(value.toPrecision(digits));
  if (Math.abs(value) >= 1000) return String(Number.isInteger(value) ? value : Math.round(value));
  if (rounded !== 0 && Math.abs(rounded) < 1e-3) return rounded.toExponential();
  return String(rounded);
}

/**
 * A number of fixed decimals with a true minus sign, for columns that change in place.
 * @param {number} value
 * @param {number} decimals
 * @returns {string}
 */
export function signed(value, decimals) {
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? `\u2212${text}` : text;
}

/**
 * A whole number with separators.
 * @param {number} count
 * @returns {string}
 */
export function counted(count) {
  return count.toLocaleString("en");
}

/**
 * A time in the unit that suits it.
 * @param {number} seconds
 * @returns {string}
 */
export function duration(seconds) {
  return seconds < 1 ? `${short(1000 * seconds)} ms` : `${short(seconds)} s`;
}

/**
 * Decibels, or a dash if there is no PSNR.
 * @param {number | null | undefined} psnr
 * @returns {string}
 */
export function decibels(psnr) {
  return Number.isFinite(psnr) ? `${signed(psnr, 2)} dB` : "\u2013";
}

/**
 * A sentence that begins with a capital letter and ends with a full stop.
 * @param {string} text
 * @returns {string}
 */
export function sentence(text) {
  const trimmed = text.trim();
  const whole = /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
  return whole.charAt(0).toUpperCase() + whole.slice(1);
}
