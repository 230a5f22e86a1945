// Files in and out: the drop zone, the file picker, and downloads.

import { kindOf } from "./source.js";

const element = (id) => document.getElementById(id);

/**
 * Listens for files that are picked or dropped anywhere on the page.
 * @param {(file: File) => void} take
 */
export function listenForFiles(take) {
  const input = element("file");
  input.addEventListener("change", () => {
    const [file] = input.files;
    input.value = "";
    if (file) take(file);
  });
  let depth = 0; // dragenter and dragleave come for every element on the way
  const mark = (change) => {
    depth = change === 0 ? 0 : depth + change;
    document.body.classList.toggle("dropping", depth > 0);
  };
  addEventListener("dragenter", () => mark(1));
  addEventListener("dragleave", () => mark(-1));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    mark(0);
    const [file] = event.dataTransfer.files;
    if (file) take(file);
  });
}

/**
 * Makes the function that opens a file of any kind, and says what went wrong.
 * @param {import("./project.js").Project} project
 * @param {import("./status.js").Status} status
 * @returns {(file: File) => Promise<void>}
 */
export function makeOpener(project, status) {
  return async (file) => {
    try {
      if (kindOf(file) === "field") await project.openField(file);
      else await project.open(file);
    } catch (error) {
      status.fault(error.message);
    }
  };
}

/**
 * Offers bytes as a download.
 * @param {Blob} blob
 * @param {string} name
 */
export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
