// Light or dark: as the system says until one chooses, then as chosen, on every page at once.
const YEAR = 365 * 86_400;

const current = () =>
  document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

export function switchTheme() {
  const chosen = current() === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = chosen;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `rapport_theme=${chosen}; Path=/; Max-Age=${YEAR}; SameSite=Lax${secure}`;
  label();
}

function label() {
  for (const each of document.querySelectorAll("[data-theme-switch]"))
    each.setAttribute("aria-label", current() === "dark" ? "Switch to light" : "Switch to dark");
}

export function startTheme() {
  label();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", label);
}
