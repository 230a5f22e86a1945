// Serves a folder on a free port of this machine, as any host of static files would, or as one that isolates its pages.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".wasm": "application/wasm",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".wav": "audio/wav",
};

/** What a host sends that lets its pages share memory between threads. */
const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
};

/**
 * Starts a server.
 * @param {string} folder
 * @param {Map<string, Buffer>} [extra] further files by path
 * @param {boolean} [isolated] whether its pages may use threads
 * @returns {Promise<{address: string, close: () => void}>}
 */
export async function serve(folder, extra = new Map(), isolated = false) {
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://127.0.0.1").pathname);
    const file = join(folder, normalize(path === "/" ? "/index.html" : path));
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    const headers = { "content-type": type, ...(isolated ? ISOLATION : {}) };
    if (extra.has(path)) return void response.writeHead(200, headers).end(extra.get(path));
    const found = await stat(file).then((entry) => entry.isFile(), () => false);
    if (!found) return void response.writeHead(404).end();
    response.writeHead(200, headers);
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { address: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}
