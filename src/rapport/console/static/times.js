// Instants in the viewer's own zone: relative beside now, exact on hover.
const exact = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const dated = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const MINUTE = 60_000;

function relative(instant, now) {
  const apart = Math.abs(instant - now);
  if (apart < 0.75 * MINUTE) return "now";
  const minutes = Math.round(apart / MINUTE);
  if (minutes > 7 * 1440) return dated.format(instant);
  const text = minutes < 60 ? `${minutes} min` : minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
  return instant > now ? `in ${text}` : `${text} ago`;
}

// The service may live at another pace than this machine (the demo's clock does): beside its now, not ours.
const began = Date.now();
const served = document.querySelector("meta[name=now]")?.content;
const paced = served ? new Date(served).getTime() : began;

export const serviceNow = () => paced + (Date.now() - began);

export function showTimes(root) {
  const now = serviceNow();
  for (const each of root.querySelectorAll("time[datetime]")) {
    const instant = new Date(each.getAttribute("datetime"));
    if (Number.isNaN(instant.getTime())) continue;
    each.title = full.format(instant);
    each.textContent = each.dataset.form === "relative" ? relative(instant.getTime(), now) : exact.format(instant);
  }
}
