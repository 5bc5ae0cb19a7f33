// The reply box: what is typed is kept a while for each conversation, canned texts go in where one is, files follow.
import { ask } from "./asking.js";
import { toast } from "./toasts.js";

const key = (id) => `draft:${id}`;
const box = () => document.getElementById("reply-text");

export function keepDraft(id) {
  if (!box()) return;
  if (box().value) sessionStorage.setItem(key(id), box().value);
  else sessionStorage.removeItem(key(id));
  length();
}

export function takeDraft(id) {
  const kept = sessionStorage.getItem(key(id));
  if (box() && kept) box().value = kept;
  length();
}

export function sent(id) {
  sessionStorage.removeItem(key(id));
  if (!box()) return;
  box().value = "";
  document.getElementById("reply-files").replaceChildren();
  length();
}

function length() {
  const said = document.getElementById("reply-length");
  if (!said) return;
  const left = box().maxLength - box().value.length;
  said.hidden = left > 500;
  said.textContent = `${left} characters left`;
}

async function insertCanned(id, canned) {
  const answer = await ask(`/inbox/${id}/canned`, { form: { canned_reply_id: canned } });
  if (!answer.ok) return toast("The text could not be loaded. Try again.");
  const made = await answer.json();
  if (made.problem) toast(made.problem);
  if (!made.text) return;
  const { selectionStart, selectionEnd } = box();
  box().setRangeText(made.text, selectionStart, selectionEnd, "end");
  box().dispatchEvent(new Event("input", { bubbles: true }));
  box().focus();
}

export function startWriting(current) {
  document.addEventListener("click", (event) => {
    const canned = event.target.closest("[data-canned]");
    if (canned) {
      canned.closest("details").open = false;
      insertCanned(current(), canned.dataset.canned);
    }
    event.target.closest("[data-unfile]")?.closest(".chip").remove();
    const read = event.target.closest("[data-reads]");
    if (read) {
      document.querySelector("#reply [name=seen_message_id]").value = read.dataset.reads;
      read.closest(".problems").replaceChildren();
      box().focus();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.matches("#opened :is(input, textarea, select)")) event.target.blur();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form && event.target.matches("textarea"))
      event.target.form.requestSubmit();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.target.matches(".attach input")) event.target.value = "";
  });
  document.addEventListener("htmx:responseError", (event) => {
    if (event.target.matches(".attach input")) toast("The file could not be taken: it is empty or too large.");
  });
}
