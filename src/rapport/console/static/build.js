// A way back in the builder: before each act its form is kept as it was, and drawn again when the act is undone.
import { ask } from "./asking.js";
import { toast } from "./toasts.js";

const MOST = 50;
const form = document.getElementById("builder");
const undo = form.querySelector("[data-undo]");
const kept = [];

document.addEventListener("htmx:configRequest", (event) => {
  if (!event.detail.path.endsWith("/build/edit")) return;
  kept.push(new URLSearchParams(new FormData(form)));
  if (kept.length > MOST) kept.shift();
  undo.disabled = false;
});

undo.addEventListener("click", async () => {
  const before = kept.pop();
  undo.disabled = kept.length === 0;
  const answer = await ask(`${location.pathname}/edit`, { form: before });
  if (!answer.ok) return toast("It could not be undone. Nothing was changed.");
  const editor = document.getElementById("editor");
  editor.innerHTML = await answer.text();
  htmx.process(editor);
  htmx.trigger(document.body, "edited");
});
