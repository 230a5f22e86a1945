// Runs a test binary that was built for WASI, with its arguments: node .ci/wasi.mjs TESTS.wasm [FILTER ...]
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import process from "node:process";
import { WASI } from "node:wasi";

const [module, ...args] = process.argv.slice(2);
// The folder of the crate is where cargo starts the runner. Tests read and write there and in the folder of temporary files.
const folders = { ".": ".", "/": "/", [tmpdir()]: tmpdir() };
const env = { ...process.env, RUST_BACKTRACE: "0" };
const wasi = new WASI({ version: "preview1", args: [module, ...args], env, preopens: folders, returnOnExit: true });
const compiled = await WebAssembly.compile(await readFile(module));
const instance = await WebAssembly.instantiate(compiled, wasi.getImportObject());
process.exitCode = wasi.start(instance);
