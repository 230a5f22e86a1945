// Starts the page: makes its parts, connects them, and opens what the address asks for or the bundled photograph.

import { fetchFile, loadFile, readHash, readQuery, writeHash } from "./address.js";
import { hasSimd } from "./bundle.js";
import { Compare } from "./compare.js";
import { makeControls } from "./controls.js";
import { startCourse } from "./course.js";
import { Explorer } from "./explorer.js";
import { download, listenForFiles, makeOpener } from "./files.js";
import { Fitter } from "./fitter.js";
import { counted } from "./format.js";
import { Paste } from "./paste.js";
import { Project } from "./project.js";
import { Settings } from "./settings.js";
import { SoundPanel } from "./sound-panel.js";
import { Status } from "./status.js";
import { Tabs } from "./tabs.js";
import { startTheme } from "./theme.js";
import { Viewer } from "./viewer.js";
import { Watch } from "./watch.js";

const element = (id) => document.getElementById(id);
/** The bundled photograph. */
const PHOTOGRAPH = "camera.png";
const photograph = () => fetchFile(new URL("./camera.png", import.meta.url), PHOTOGRAPH);

/** The settings of the address; the hash is the visitor's own and goes before the query. */
function readSettings(query) {
  const settings = new Settings();
  settings.set(query.settings);
  settings.set(readHash());
  settings.addEventListener("change", () => writeHash(settings.chosen()));
  addEventListener("hashchange", () => settings.set(readHash()));
  return settings;
}

/** The query, or an empty one if it cannot be read. */
function tryQuery(status) {
  try {
    return readQuery();
  } catch (error) {
    status.fault(error.message);
    return { field: null, source: null, name: null, settings: {} };
  }
}

/** Opens a file of this site, or the photograph if there is none. */
async function openFirst({ field, source, name }, open, status) {
  try {
    const wanted = field ?? source;
    await open(wanted ? await loadFile(wanted, field ? null : name) : await photograph());
  } catch (error) {
    status.fault(error.message);
  }
}

/** Shows the panels, cards and controls that concern the source, and leaves a panel that does not. */
function suit({ source, info }, controls, tabs) {
  const kind = source?.kind ?? info.kind;
  const away = { zoom: kind === "sound", compare: !source, paste: !source || kind === "sound" };
  for (const [panel, hidden] of Object.entries(away)) element(`tab-${panel}`).hidden = hidden;
  for (const card of ["network", "fit"]) element(`card-${card}`).hidden = !source;
  controls.concern(source ? kind : "none");
  element("bundled").hidden = source?.name === PHOTOGRAPH;
  if (!source) tabs.open(kind === "sound" ? "fit" : "zoom");
  else if (away[tabs.shown]) tabs.open("fit");
}

/** Tells what is on the page: the source and the network. */
function describe(project, controls, tabs, status) {
  project.addEventListener("source", () => {
    const note = project.source?.note ?? `${project.name}: a field from a file, shown as it is.`;
    element("source-note").textContent = note;
    status.clear();
    suit(project, controls, tabs);
  });
  project.addEventListener("settings", ({ detail }) => {
    const { kind } = project.source;
    if (kind === "sound") controls.inForce(detail);
    controls.concern(kind);
  });
  project.addEventListener("field", () => {
    const { network, parameters } = project.info;
    element("network-note").textContent = `${network}: ${counted(parameters)} parameters.`;
    element("save-field").disabled = false;
  });
}

/** Connects the buttons that take something away. */
function connectSaving(project, status, settings) {
  element("save-field").addEventListener("click", () => {
    download(new Blob([project.bytes]), `${project.name}.safetensors`);
  });
  element("save-picture").addEventListener("click", () => {
    element("explorer").toBlob((blob) => download(blob, `${project.name}.png`));
  });
  element("copy-address").addEventListener("click", async () => {
    writeHash(settings.chosen());
    const copied = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
    if (copied) status.note("The address with the settings is copied; the picture is not part of it.");
    else status.note("The browser does not let the page copy; the address bar holds the settings.");
  });
  element("reset").addEventListener("click", () => settings.reset());
}

/** Shows what the engine is. */
function showEngine({ version, instruction_set: set, threads }) {
  const count = `${threads} thread${threads === 1 ? "" : "s"}`;
  element("engine-note").textContent = `Engine ${version}, WebAssembly ${set}, ${count}.`;
}

/** Makes the panels; returns the function that draws again what takes its colours from the style. */
function makePanels(parts) {
  const watch = new Watch(parts);
  const sound = new SoundPanel(parts);
  new Explorer(parts);
  const compare = new Compare(parts);
  new Paste(parts, photograph);
  return () => [watch, sound, compare].forEach((panel) => panel.refresh());
}

function start() {
  element("unstarted").remove();
  const status = new Status();
  let redraw = () => {};
  startTheme(() => redraw());
  if (!hasSimd()) {
    status.fault("This browser has no WebAssembly SIMD, which the engine needs; update it or take another.");
    return;
  }
  const query = tryQuery(status);
  const settings = readSettings(query);
  const controls = makeControls(settings);
  const tabs = new Tabs();
  const fitter = new Fitter(showEngine);
  const viewer = new Viewer((text) => status.fault(text));
  const project = new Project(fitter, viewer, settings, status);
  startCourse(project, settings, status);
  describe(project, controls, tabs, status);
  redraw = makePanels({ project, fitter, viewer, tabs, settings, status });
  connectSaving(project, status, settings);
  const open = makeOpener(project, status);
  listenForFiles(open);
  element("bundled").addEventListener("click", () => openFirst({}, open, status));
  openFirst(query, open, status);
}

start();
