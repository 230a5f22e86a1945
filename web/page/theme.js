// Light or dark: what the system prefers, until the visitor chooses.

const KEY = "sinefield-theme";
const prefersDark = matchMedia("(prefers-color-scheme: dark)");

/** The visitor's choice; the storage may be closed to the page. */
function stored() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function store(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // The choice then lasts as long as the page.
  }
}

/**
 * Sets the theme and connects its button.
 * @param {() => void} changed hears every change, since canvases take their colours from the style
 */
export function startTheme(changed) {
  const button = document.getElementById("theme");
  const show = (theme) => {
    document.documentElement.dataset.theme = theme;
    button.setAttribute("aria-pressed", String(theme === "dark"));
    changed();
  };
  const preferred = () => (prefersDark.matches ? "dark" : "light");
  show(stored() ?? preferred());
  prefersDark.addEventListener("change", () => show(stored() ?? preferred()));
  button.addEventListener("click", () => {
    const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    store(theme);
    show(theme);
  });
}

/**
 * A colour of the style.
 * @param {string} name of the custom property, without its dashes
 * @returns {string}
 */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
