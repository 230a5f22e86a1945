// The bar above the panels: buttons that run the fit, and what it has reached.

import { counted, decibels, duration } from "./format.js";

const element = (id) => document.getElementById(id);

/** What the button for running says in each state. */
const RUN = { running: "Pause", paused: "Go on", lost: "Start again", done: "Done", opened: "Go on", none: "Go on" };

/**
 * Connects the bar.
 * @param {import("./project.js").Project} project
 * @param {import("./settings.js").Settings} settings
 * @param {import("./status.js").Status} status
 */
export function startCourse(project, settings, status) {
  element("run").addEventListener("click", () => (project.running ? project.pause() : project.go()));
  element("step").addEventListener("click", () => project.step());
  element("again").addEventListener("click", () => settings.set({ seed: (settings.get("seed") + 1) % 10000 }));
  project.addEventListener("state", () => showState(project, status));
  project.addEventListener("progress", () => showProgress(project, status));
}

function showState({ state, source }, status) {
  element("run").textContent = RUN[state];
  element("run").disabled = state === "done" || !source;
  element("step").disabled = !["running", "paused"].includes(state);
  element("again").disabled = !source;
  if (state === "paused" || state === "done") status.announce(`The fit is ${state}. ${spoken()}`, true);
}

function showProgress({ progress }, status) {
  element("stat-step").textContent = progress ? `${counted(progress.step)} / ${counted(progress.steps)}` : "–";
  element("stat-psnr").textContent = decibels(progress?.psnr);
  element("stat-time").textContent = progress ? duration(progress.step_seconds) : "–";
  element("stat-speed").textContent = progress ? speed(progress.operations_per_second) : "–";
  if (progress) status.announce(spoken());
}

function speed(operations) {
  return operations > 0 ? `${(operations / 1e9).toFixed(1)} GFLOP/s` : "–";
}

/** The progress in words. */
function spoken() {
  return `Step ${element("stat-step").textContent.replace("/", "of")}, PSNR ${element("stat-psnr").textContent}.`;
}
