// Home as it is now: what happened since, and whether other things need one; both wait behind a button.
import { ask } from "./asking.js";
import { listen, soon } from "./live.js";
import { showTimes } from "./times.js";

const page = document.querySelector("[data-home]");
const needs = () => document.getElementById("needs");
const named = (root) => [...root.querySelectorAll("[data-need]")].map((each) => each.dataset.need).join();
let fresh = null;

const look = soon(async () => {
  htmx.trigger("#feed-new", "again");
  const answer = await ask("/needs");
  if (!answer.ok) return;
  const made = document.createElement("template");
  made.innerHTML = await answer.text();
  fresh = made.content.querySelector("#needs");
  needs().querySelector("[data-show-needs]").hidden = named(fresh) === named(needs());
}, 1_000);

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-show-needs]") || !fresh) return;
  needs().replaceWith(fresh);
  htmx.process(fresh);
  showTimes(fresh);
});
listen(JSON.parse(page.dataset.streams), {
  asks: page.dataset.asks === "yes",
  heard: ({ type }) => type !== "presence" && look(),
  look,
});
