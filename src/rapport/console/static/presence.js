// Who else is at the open conversation: said now and then while one is, believed for a while, kept nowhere.
import { ask } from "./asking.js";

const AGAIN = 25_000;
const BELIEVED = { viewing: 60_000, replying: 12_000 };
const TYPING = 5_000;

export function startPresence({ me, current }) {
  const here = new Map();
  let at = null;
  let hears = false;
  let typedAt = 0;

  const say = (id, state) => ask(`/inbox/${id}/presence`, { form: { state }, keepalive: true }).catch(() => {});

  function show() {
    const place = document.getElementById("present");
    if (!place) return;
    const now = Date.now();
    for (const [who, seen] of here) {
      if (seen.state === "replying" && now - seen.at > BELIEVED.replying) seen.state = "viewing";
      if (now - seen.at > BELIEVED.viewing) here.delete(who);
    }
    const replying = [...here.values()].filter((each) => each.state === "replying").map((each) => each.name);
    const viewing = [...here.values()].filter((each) => each.state === "viewing").map((each) => each.name);
    const said = replying.length
      ? `${replying.join(", ")} ${replying.length === 1 ? "is" : "are"} replying`
      : viewing.length
        ? `${viewing.join(", ")} ${viewing.length === 1 ? "is" : "are"} here`
        : "";
    if (place.textContent !== said) place.textContent = said;
    place.classList.toggle("replying", replying.length > 0);
  }

  setInterval(show, 3_000);
  setInterval(() => at && !document.hidden && say(at, "viewing"), AGAIN);
  addEventListener("pagehide", () => at && say(at, "gone"));

  return {
    moved() {
      const id = current();
      if (id !== at && at) say(at, "gone");
      if (id !== at) here.clear();
      if (id && id !== at && hears) say(id, "viewing");
      at = id;
      show();
    },
    // Said once answers to it can be heard: whoever is there says so when somebody comes.
    begun() {
      hears = true;
      if (at) say(at, "viewing");
    },
    typing() {
      if (!at || Date.now() - typedAt < TYPING) return;
      typedAt = Date.now();
      say(at, "replying");
    },
    heard({ conversation_id, user_id, name, state }) {
      if (conversation_id !== at || user_id === me) return;
      const isNew = !here.has(user_id);
      if (state === "gone") here.delete(user_id);
      else here.set(user_id, { name, state, at: Date.now() });
      if (isNew && state !== "gone") say(at, "viewing"); // so that who comes knows of whoever is here
      show();
    },
  };
}
