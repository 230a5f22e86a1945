// The address of the page: settings in its hash, so that a link shares them, and what a command asks for in its query.

/**
 * The settings that the hash holds.
 * @returns {Object<string, string>}
 */
export function readHash() {
  return Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
}

/**
 * Writes settings into the hash without a new entry in the history.
 * @param {[string, number | string][]} chosen
 */
export function writeHash(chosen) {
  const text = new URLSearchParams(chosen.map(([name, value]) => [name, String(value)])).toString();
  history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
}

/**
 * What the query asks for.
 * @returns {{field: string | null, source: string | null, name: string | null, settings: object}}
 */
export function readQuery() {
  const query = new URLSearchParams(location.search);
  const settings = query.get("settings");
  return { field: query.get("field"), source: query.get("source"), name: query.get("name"), settings: parse(settings) };
}

function parse(text) {
  if (!text) return {};
  try {
    return Object(JSON.parse(text));
  } catch {
    throw new Error("The settings in the address are not JSON.");
  }
}

/**
 * Loads a file that an address asks for, from this site alone.
 * @param {string} address relative, or of the same origin
 * @param {string | null} name the name of the file, or null to take it from the address
 * @returns {Promise<File>}
 */
export async function loadFile(address, name) {
  const url = new URL(address, location.href);
  if (url.origin !== location.origin) throw new Error(`The page opens files of its own site only, not ${url.href}.`);
  return fetchFile(url, name ?? decodeURIComponent(url.pathname.split("/").at(-1)));
}

/**
 * Loads a file.
 * @param {URL} url
 * @param {string} name the name of the file
 * @returns {Promise<File>}
 */
export async function fetchFile(url, name) {
  const response = await fetch(url).catch(() => null);
  if (!response?.ok) throw new Error(`The file ${url.pathname} could not be loaded.`);
  const blob = await response.blob();
  return new File([blob], name, { type: blob.type });
}
