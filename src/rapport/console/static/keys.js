// Keys: single letters only while nobody types. Every one has a button or a link that does the same.
import { openDialog } from "./dialogs.js";
import { switchTheme } from "./theme.js";

const TOGETHER = 1200;

export function startKeys() {
  let began = 0;
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      return openDialog("palette");
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
    if (Date.now() - began < TOGETHER) {
      began = 0;
      const link = document.querySelector(`[data-goes="${CSS.escape(event.key)}"]`);
      if (link) return link.click();
    }
    const made = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (made) {
      event.preventDefault();
      if (made.matches("input, textarea, select")) made.focus();
      else made.click();
    } else if (event.key === "g") began = Date.now();
    else if (event.key === "?") openDialog("shortcuts");
    else if (event.key === "/") {
      event.preventDefault();
      openDialog("palette");
    } else if (event.key === "t") switchTheme();
    else if (event.key === "j") walk(1);
    else if (event.key === "k") walk(-1);
  });
}

const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

function walk(step) {
  const rows = [...document.querySelectorAll("tbody tr")].filter((row) => row.querySelector("a"));
  const at = rows.findIndex((row) => row.classList.contains("at"));
  rows[at]?.classList.remove("at");
  const row = rows[Math.max(0, Math.min(rows.length - 1, at + step))];
  row?.classList.add("at");
  row?.querySelector("a").focus();
}
