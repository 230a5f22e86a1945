// Starts the page from the one file that holds it. Browsers load no modules from a folder, so each module gets an address
// in memory, and the modules that name it are given that address. Such an address is only good where it was made, so each
// worker holds the files as well and makes its own. No browser starts a worker as a module from a folder.

/**
 * Runs a module. Whoever calls this reports its errors, since a page does not hear of a promise that a worker rejects.
 * @param {Object<string, {type: string, text?: string, base64?: string}>} files
 * @param {string} first the module
 */
async function run(files, first) {
  /** What a module names: other modules, workers and files beside it. */
  const names = /(from |new URL\(|import )(["'])(?:\.\/)?([\w./-]+\.(?:js|wasm|png))\2/g;
  /** The bundle of the engine, which is only known when it is loaded. */
  const bundle = "`./engine/${bundle}/sinefield_web.js`";
  const addresses = new Map();

  function addressOf(name) {
    if (!addresses.has(name)) {
      const { type } = files[name];
      addresses.set(name, URL.createObjectURL(new Blob([contentOf(name)], { type })));
    }
    return addresses.get(name);
  }

  function contentOf(name) {
    const { text, base64 } = files[name];
    if (base64) return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    if (name.endsWith("-worker.js") && name !== first) return `(${run})(${JSON.stringify(files)}, "${name}").catch(reportError)`;
    return linked(name, text);
  }

  /** A module with addresses in place of names. Those of the engine are made when it is loaded. */
  function linked(name, text) {
    const folder = name.slice(0, name.lastIndexOf("/") + 1);
    const known = (found, before, quote, other) =>
      files[folder + other] ? `${before}${quote}${addressOf(folder + other)}${quote}` : found;
    const loose = text.replaceAll(bundle, "self.addressOfEngine(bundle)").replaceAll('type: "module"', 'type: "classic"');
    return loose.replace(names, known);
  }

  self.addressOfEngine = (bundle) => addressOf(`engine/${bundle}/sinefield_web.js`);
  // A worker may be sent messages before its module hears them.
  const early = [];
  self.onmessage = (event) => early.push(event);
  await import(addressOf(first));
  if (early.length) early.forEach((event) => self.onmessage(event));
}

run(JSON.parse(document.getElementById("files").textContent), "main.js").catch(reportError);
