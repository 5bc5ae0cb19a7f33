// Asking our own service from a script: with the word of the session, and to the door when the session has ended.
export async function ask(path, { form, keepalive = false, signal } = {}) {
  const words = JSON.parse(document.body.getAttribute("hx-headers"));
  const asked = {
    method: form ? "POST" : "GET",
    headers: { ...words, "HX-Request": "true" },
    body: form ? new URLSearchParams(form) : undefined,
    keepalive,
    signal,
  };
  const answer = await fetch(path, asked).catch((trouble) => {
    if (trouble.name === "AbortError") throw trouble;
    return Response.error(); // nobody could be reached: no answer is not ok either
  });
  const elsewhere = answer.headers.get("HX-Redirect");
  if (elsewhere) location.assign(elsewhere);
  return answer;
}

// Put parts of a page in the places of those that bear their ids; what somebody is at stays as it is.
export function put(html, dress) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  dress(fresh.content);
  for (const part of [...fresh.content.children]) {
    const old = part.id && document.getElementById(part.id);
    part.removeAttribute("hx-swap-oob");
    if (!old || isUsed(old) || old.isEqualNode(part)) continue;
    old.replaceWith(part);
    htmx.process(part);
  }
}

const isUsed = (part) =>
  part.querySelector("details.menu[open], details[open] form") !== null ||
  (part.contains(document.activeElement) && document.activeElement.matches("input, textarea, select"));
