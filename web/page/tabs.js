// The panels behind tabs: one is shown, the arrow keys go from tab to tab.

export class Tabs extends EventTarget {
  #tabs = [...document.querySelectorAll('[role="tab"]')];

  constructor() {
    super();
    for (const tab of this.#tabs) {
      tab.addEventListener("click", () => this.open(tab.dataset.panel));
      tab.addEventListener("keydown", (event) => this.#key(event));
    }
    this.open(this.#tabs[0].dataset.panel);
  }

  /**
   * Shows a panel and tells the listeners of "open".
   * @param {string} panel
   */
  open(panel) {
    this.shown = panel;
    for (const tab of this.#tabs) {
      const chosen = tab.dataset.panel === panel;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      document.getElementById(`panel-${tab.dataset.panel}`).hidden = !chosen;
    }
    this.dispatchEvent(new CustomEvent("open", { detail: panel }));
  }

  #key(event) {
    const ways = { ArrowRight: 1, ArrowLeft: -1 };
    const way = ways[event.key];
    if (!way) return;
    event.preventDefault();
    const at = this.#tabs.findIndex((tab) => tab.dataset.panel === this.shown);
    const next = this.#tabs.at((at + way) % this.#tabs.length);
    this.open(next.dataset.panel);
    next.focus();
  }
}
