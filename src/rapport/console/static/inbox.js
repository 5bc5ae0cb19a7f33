// The inbox under one's hands: going through the list, keeping it and the open conversation as they are now.
import { ask, put } from "./asking.js";
import { listen, soon } from "./live.js";
import { startPresence } from "./presence.js";
import { showTimes, serviceNow } from "./times.js";
import { toast } from "./toasts.js";
import { keepDraft, sent, startWriting, takeDraft } from "./writing.js";

const SOON = 250;
const SEEN_AFTER = 1_500;
const find = (selector, within = document) => within.querySelector(selector);
const page = find("[data-inbox]");
const writes = "writes" in page.dataset;
const current = () => find("#opened").dataset.conversation || null;
const rows = () => [...document.querySelectorAll("#rows .row-of")];
const presence = startPresence({ me: page.dataset.me, current });

// The open conversation

let opening = null;

async function open(id, { push = true } = {}) {
  opening?.abort();
  opening = new AbortController();
  const { signal } = opening;
  const opened = find("#opened");
  mark(id);
  opened.classList.add("htmx-request");
  try {
    const answer = await ask(`/inbox/${id}/opened`, { signal });
    if (!answer.ok) return lost();
    opened.innerHTML = await answer.text();
  } catch {
    return signal.aborted ? undefined : lost(); // another one may be being opened by now
  } finally {
    if (!signal.aborted) opened.classList.remove("htmx-request");
  }
  if (push) history.pushState(null, "", `/inbox/${id}${location.search}`);
  opened.dataset.conversation = id;
  htmx.process(opened);
  page.classList.add("has-open");
  begin();
  find("#thread-title").focus({ preventScroll: true });
}

function lost() {
  mark(current());
  toast("The conversation could not be loaded. Try again.");
}

function leave({ push = true } = {}) {
  delete find("#opened").dataset.conversation;
  page.classList.remove("has-open");
  if (push) history.pushState(null, "", `/inbox${location.search}`);
  mark(null);
  presence.moved();
}

function begin() {
  const id = current();
  const name = find("#thread-title")?.textContent;
  if (name) document.title = `${name} · Inbox · Rapport`;
  showTimes(find("#opened"));
  takeDraft(id);
  toEnd();
  presence.moved();
  const standing = find("#standing");
  if (writes && standing && Number(standing.dataset.unread)) setTimeout(() => current() === id && act("read"), 600);
}

function mark(id) {
  for (const each of rows()) {
    const link = find("a", each);
    if (each.dataset.id === id) {
      link.setAttribute("aria-current", "true");
      each.scrollIntoView({ block: "nearest" });
    } else link.removeAttribute("aria-current");
  }
}

async function act(name, more = {}, id = current()) {
  const answer = await ask(`/inbox/${id}/act`, { form: { act: name, since: since(), ...more } });
  if (!answer.ok) return toast("It was not done. Look at the conversation again.");
  if (id === current()) refreshed(await answer.text());
  look();
}

const scroll = () => find("#thread-scroll");
const isAtEnd = () => !scroll() || scroll().scrollHeight - scroll().scrollTop - scroll().clientHeight < 80;
const toEnd = () => scroll() && (scroll().scrollTop = scroll().scrollHeight);
const since = () => find("#messages time")?.getAttribute("datetime") ?? "";
const newest = () => find("#messages")?.dataset.newest ?? "";

function refreshed(html) {
  const [wasAtEnd, before] = [isAtEnd(), newest()];
  put(html, showTimes);
  follow(wasAtEnd, before);
}

// What came while the page was open counts as seen once it was in view for a moment, and not before: a reply that was
// being written must not go past it.
function follow(wasAtEnd, before) {
  if (wasAtEnd) toEnd();
  const now = newest();
  if (now === before) return;
  const last = find("#messages .msg:last-child");
  if (last?.classList.contains("in")) find("#heard").textContent = `New: ${find(".pre", last)?.textContent ?? "a file"}`;
  setTimeout(() => {
    const seen = find("#reply [name=seen_message_id]");
    if (!seen || newest() !== now || document.hidden || !isAtEnd()) return;
    seen.value = now;
    if (writes && Number(find("#standing").dataset.unread)) act("read");
  }, SEEN_AFTER);
}

const refresh = soon(async () => {
  const id = current();
  if (!id) return;
  const answer = await ask(`/inbox/${id}/changed?${new URLSearchParams({ since: since() })}`);
  if (answer.ok && id === current()) refreshed(await answer.text());
});

// The list: rows change where they stand; those that come or move up wait behind a button.

let fresh = null;

const look = soon(async () => {
  const asked = location.search;
  const answer = await ask(`/inbox/list${asked}`);
  if (!answer.ok || asked !== location.search) return;
  const made = document.createElement("template");
  made.innerHTML = await answer.text();
  fresh = made.content;
  badge(find("#views", fresh).dataset.unread);
  if (!find("#views").contains(document.activeElement)) find("#views").replaceWith(find("#views", fresh).cloneNode(true));
  const shown = new Map(rows().map((each) => [each.dataset.id, each]));
  let waiting = 0;
  for (const each of fresh.querySelectorAll(".row-of")) {
    const old = shown.get(each.dataset.id);
    if (!old || each.dataset.at > old.dataset.at) waiting += 1;
    if (!old) continue;
    const copy = each.cloneNode(true);
    copy.dataset.at = old.dataset.at; // it has not moved yet
    if (each.dataset.id === current()) find("a", copy).setAttribute("aria-current", "true");
    if (!old.contains(document.activeElement)) old.replaceWith(copy);
    showTimes(copy);
  }
  const button = find("[data-show-new]");
  button.textContent = `${waiting} new`;
  button.parentElement.hidden = waiting === 0;
});

function showNew() {
  if (!fresh) return;
  find("#list").replaceChildren(fresh);
  fresh = null;
  settle();
}

async function listAnew(query) {
  history.replaceState(null, "", location.pathname + (query.size ? `?${query}` : ""));
  const answer = await ask(`/inbox/list${location.search}`);
  if (!answer.ok) return toast("The list could not be loaded. Try again.");
  find("#list").innerHTML = await answer.text();
  settle();
}

function settle() {
  htmx.process(find("#list"));
  showTimes(find("#list"));
  mark(current());
  badge(find("#views")?.dataset.unread);
}

function badge(unread) {
  const place = find("[data-unread-badge]");
  find(".number", place).textContent = unread;
  place.hidden = !Number(unread);
}

function step(by) {
  const all = rows();
  const at = all.findIndex((each) => each.dataset.id === current());
  const next = all[at < 0 ? 0 : at + by];
  if (next) open(next.dataset.id);
  else if (by > 0) find("[data-more]")?.click();
}

// What is done, and what follows in the list

const AWAY = { close: ["open", "mine", "nobodys", "snoozed"], snooze: ["open", "mine", "nobodys"] };

document.addEventListener("inbox:done", (event) => {
  const { act: name, conversation: id, said } = event.detail;
  if (name === "reply") sent(id);
  const undo = name === "close" || name === "snooze" ? () => act("reopen", {}, id) : undefined;
  if (said && name !== "reply") toast(said, { tone: "good", undo });
  const view = find("#views [aria-current]")?.dataset.view;
  const row = find(`#row-${CSS.escape(id)}`);
  if (AWAY[name]?.includes(view) && row && id === current()) {
    const all = rows();
    const at = all.indexOf(row);
    const next = all[at + 1] ?? all[at - 1];
    row.remove();
    if (next && matchMedia("(min-width: 761px)").matches) open(next.dataset.id);
    else leave();
  }
  look();
});

document.addEventListener("click", (event) => {
  const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
  const [row, view, back, steps] = ["a[data-open]", "a[data-view]", "[data-back]", "[data-step]"].map((each) =>
    event.target.closest(each),
  );
  if (plain && (row || view || back)) event.preventDefault();
  if (plain && row) open(row.dataset.open);
  if (plain && back) leave();
  if (plain && view) {
    const query = new URLSearchParams(location.search);
    query.set("view", view.dataset.view);
    listAnew(query);
  }
  if (steps) step(Number(steps.dataset.step));
  if (event.target.closest("[data-show-new]")) showNew();
  const about = event.target.closest("[data-context]");
  if (about) about.setAttribute("aria-expanded", String(find("#opened").classList.toggle("shows-context")));
  const later = event.target.closest("[data-snooze]");
  if (later) later.value = until(later.dataset.snooze).toISOString();
});

function until(word) {
  const at = new Date(serviceNow());
  if (word === "hours") return new Date(at.getTime() + 3 * 3_600_000);
  if (word === "week") at.setDate(at.getDate() + 7);
  else at.setDate(at.getDate() + (word === "monday" ? (8 - at.getDay()) % 7 || 7 : 1));
  at.setHours(9, 0, 0, 0);
  return at;
}

function filtered() {
  const query = new URLSearchParams(location.search);
  const form = find("[data-filters]");
  for (const each of form.elements) {
    if (!each.name) continue;
    const value = each.type === "checkbox" && !each.checked ? "" : each.value.trim();
    if (value) query.set(each.name, value);
    else query.delete(each.name);
  }
  listAnew(query);
}
let typed = 0;
find("[data-filters]").addEventListener("input", () => {
  clearTimeout(typed);
  typed = setTimeout(filtered, SOON);
});
find("[data-filters]").addEventListener("submit", (event) => {
  event.preventDefault();
  filtered();
});

document.addEventListener("input", (event) => {
  if (event.target.id !== "reply-text") return;
  keepDraft(current());
  presence.typing();
});
document.addEventListener(
  "toggle",
  (event) => {
    if (!event.target.matches("details.menu") || !event.target.open) return;
    find("button, a, input", find(".menu-body", event.target))?.focus();
  },
  true,
);
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.detail.path.startsWith(`/inbox/${current()}/`)) return;
  if (event.detail.verb === "post" && !event.target.matches("[type=file]")) event.detail.parameters.set("since", since());
  for (const each of event.target.querySelectorAll?.("[data-zoned]") ?? [])
    if (each.value) event.detail.parameters.set(each.name, new Date(each.value).toISOString());
});
let stood = [true, ""];
document.addEventListener("htmx:beforeSwap", () => (stood = [isAtEnd(), newest()]));
document.addEventListener("htmx:oobAfterSwap", (event) => {
  showTimes(document.getElementById(event.detail.target.id) ?? document);
  if (event.detail.target.id === "messages") follow(...stood);
  if (event.detail.target.id === "outgoing" && stood[0]) toEnd();
});
addEventListener("popstate", () => {
  const id = location.pathname.split("/")[2];
  if (id) open(id, { push: false });
  else leave({ push: false });
});

startWriting(current);
if (current()) begin();
listen(JSON.parse(page.dataset.streams), {
  asks: page.dataset.asks === "yes",
  begun: presence.begun,
  heard(event) {
    if (event.type === "presence") return presence.heard(event);
    const lead = find("#standing")?.dataset.lead;
    if (event.conversation_id && event.conversation_id === current()) refresh();
    else if (lead && event.lead_id === lead) refresh();
    if (event.conversation_id) look();
  },
  look() {
    refresh();
    look();
  },
});
