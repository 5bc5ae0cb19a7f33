// What hands need on every page: times, keys, the palette, dialogs, light and dark. Pages work without it but for these.
import { showTimes } from "./times.js";
import { askBefore, openDialog } from "./dialogs.js";
import { startPalette } from "./palette.js";
import { startKeys } from "./keys.js";
import { toast } from "./toasts.js";
import { startTheme, switchTheme } from "./theme.js";

const FOLDED = "details.switcher[open], details.adder[open], details.menu[open]";
const find = (selector, within = document) => within.querySelector(selector);

function startMenu() {
  const set = (open) => {
    document.body.classList.toggle("menu-open", open);
    find(".top [data-menu]")?.setAttribute("aria-expanded", String(open));
    if (open) find(".side a")?.focus();
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-menu]")) set(!document.body.classList.contains("menu-open"));
    else if (document.body.classList.contains("menu-open") && !event.target.closest(".side")) set(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") set(false);
  });
}

function startClicks() {
  document.addEventListener("click", (event) => {
    const opens = event.target.closest("[data-opens]");
    if (opens) openDialog(opens.dataset.opens);
    if (event.target.closest("[data-closes]")) event.target.closest("dialog").close();
    if (event.target.closest("[data-dismisses]")) event.target.closest(".toast").remove();
    if (event.target.closest("[data-theme-switch]")) switchTheme();
    const copies = event.target.closest("[data-copies]");
    if (copies) copy(document.getElementById(copies.dataset.copies));
    for (const open of document.querySelectorAll(FOLDED))
      if (!open.contains(event.target)) open.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && event.target.closest?.(FOLDED);
    if (!open) return;
    open.open = false;
    find("summary", open).focus();
  });
  document.addEventListener("change", (event) => {
    const all = event.target.closest("[data-ticks]");
    if (all) for (const each of document.querySelectorAll(all.dataset.ticks)) each.checked = all.checked;
    if (event.target.closest("[data-submits]")) event.target.form.requestSubmit();
  });
}

// Only pages that came encrypted, or from this machine, may copy: elsewhere the text is marked, to be copied by hand.
async function copy(part) {
  try {
    await navigator.clipboard.writeText(part.textContent);
    toast("Copied.", { tone: "good" });
  } catch {
    getSelection().selectAllChildren(part);
    toast("Marked: copy it with your keyboard.");
  }
}

function startForms() {
  document.addEventListener("htmx:beforeRequest", (event) => {
    const problems = event.target.querySelector?.(":scope > .problems");
    if (problems) problems.replaceChildren();
  });
  document.addEventListener("htmx:sendError", () => toast("The service could not be reached. Nothing was changed."));
  document.addEventListener("htmx:afterSwap", (event) => {
    showTimes(event.detail.target);
    find("[autofocus]", event.detail.target)?.focus();
  });
  document.addEventListener("htmx:confirm", askBefore);
}

startTheme();
startMenu();
startClicks();
startForms();
startPalette();
startKeys();
showTimes(document);
setInterval(() => showTimes(document), 30_000);
