// What happens, told as it happens: one stream a client, from the number up to which the page shows it. Where there is
// no place for a stream, and for clients that none is about, the page asks now and then.
import { ask } from "./asking.js";

const ASK_EVERY = 10_000;
const COME_BACK = 3_000;
const LONGEST_WAIT = 60_000;
const SILENT = 45_000;
const UNSEEN = 20_000;
const OURS = ["ready", "reset"];

// However much happens, one look is taken at a time, and none is missed.
export const soon = (what, wait = 250) => {
  let timer = 0;
  return () => {
    timer ||= setTimeout(() => {
      timer = 0;
      what();
    }, wait);
  };
};

export function listen(streams, { heard, look, asks = false, begun = () => {} }) {
  const open = streams.map((each) => new Stream(each, { heard, look, begun, tell }));
  let unseen = 0;

  function tell() {
    const mark = document.getElementById("live-mark");
    if (!mark) return;
    const isLive = !asks && open.length > 0 && open.every((each) => each.isLive);
    mark.textContent = isLive ? "Live" : "Looks every 10 s";
    mark.classList.toggle("is-live", isLive);
  }
  setInterval(() => {
    if (!document.hidden && (asks || open.some((each) => !each.isLive))) look();
  }, ASK_EVERY);
  // A browser holds few connections to one host: a page that nobody sees gives its back, and goes on from there later.
  document.addEventListener("visibilitychange", () => {
    clearTimeout(unseen);
    if (document.hidden) unseen = setTimeout(() => open.forEach((each) => each.rest()), UNSEEN);
    else open.forEach((each) => each.wake());
  });
  open.forEach((each) => each.wake());
  tell();
}

class Stream {
  constructor({ client, after }, told) {
    Object.assign(this, { client, after, ...told, isLive: false, isOpen: false, wait: COME_BACK });
  }

  rest() {
    this.isResting = true;
    this.cut?.abort();
  }

  wake() {
    this.isResting = false;
    if (!this.isOpen) this.follow();
  }

  async follow() {
    this.isOpen = true;
    while (!this.isResting) {
      try {
        await this.once();
        this.wait = COME_BACK;
      } catch {
        this.set(false);
        this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
      }
      if (!this.isResting) await new Promise((on) => setTimeout(on, this.wait));
    }
    this.isOpen = false;
  }

  async once() {
    const given = await (await ask("/live/token", { form: { client_id: this.client } })).json();
    if (!given.token) throw new Error("no place");
    this.cut = new AbortController();
    const place = new URLSearchParams({ client_id: this.client, last_event_id: this.after, token: given.token });
    const answer = await fetch(`/api/v1/inbox/stream?${place}`, { signal: this.cut.signal });
    if (!answer.ok) throw new Error(answer.status);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let kept = "";
    for (;;) {
      const silent = setTimeout(() => this.cut.abort(), SILENT);
      const { value, done } = await reader.read();
      clearTimeout(silent);
      if (done) return;
      const frames = (kept + value).split("\n\n");
      kept = frames.pop();
      frames.forEach((frame) => this.take(frame));
    }
  }

  take(frame) {
    const said = {};
    for (const line of frame.split("\n")) {
      const at = line.indexOf(": ");
      if (at > 0) said[line.slice(0, at)] = line.slice(at + 2);
    }
    if (said.id) this.after = Number(said.id);
    if (said.event === "ready") {
      this.set(true);
      this.begun();
    }
    if (said.event === "reset") this.look();
    if (said.event && !OURS.includes(said.event)) this.heard({ ...JSON.parse(said.data), type: said.event });
  }

  set(isLive) {
    this.isLive = isLive;
    this.tell();
  }
}
