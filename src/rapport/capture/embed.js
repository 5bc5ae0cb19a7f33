/* Sends forms of a page to Rapport, and draws those that the page only names. Sets no cookie, loads nothing else.

   <form data-rapport-form="cf_…">…</form>   the page's own form: fields named email, message and so on
   <div data-rapport-form="cf_…"></div>      one that is drawn here, from what the form asks for
*/
(() => {
  "use strict";
  const base = new URL(".", document.currentScript.src).href;
  const KNOWN = {
    full_name: ["Name", "text", "name"],
    first_name: ["First name", "text", "given-name"],
    last_name: ["Last name", "text", "family-name"],
    email: ["Email", "email", "email"],
    phone: ["Phone", "tel", "tel"],
    company: ["Company", "text", "organization"],
    title: ["Job title", "text", "organization-title"],
    website: ["Website", "text", "url"],
    profile_url: ["LinkedIn profile", "text", "url"],
    message: ["Message", "textarea", "off"],
  };
  const PLAIN = [...Object.keys(KNOWN), "url", "offering", "session_id", "language", "country"];
  const address = new URLSearchParams(location.search);
  const landing = location.href.slice(0, 2000);

  const made = (tag, attributes = {}, ...inside) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) if (value !== null) element.setAttribute(name, value);
    element.append(...inside);
    return element;
  };

  /* A key is of what is sent: the same again is harmless, and what was mended is another submission. */
  const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (each) => each.toString(16).padStart(2, "0")).join("");

  const bodyOf = (form) => {
    const body = { fields: {}, utm: {}, landing_page: landing, referrer: document.referrer.slice(0, 2000) };
    for (const [name, value] of new FormData(form)) {
      if (typeof value !== "string") continue;
      if (name === "consent") body.consent = value !== "";
      else if (PLAIN.includes(name)) body[name] = value;
      else body.fields[name] = value;
    }
    for (const name of ["session_id", "language", "country"]) if (!body[name]) delete body[name];
    for (const name of ["source", "medium", "campaign", "term", "content"]) {
      const value = address.get(`utm_${name}`);
      if (value) body.utm[name] = value.slice(0, 120);
    }
    return body;
  };

  const say = (form, text, isGood) => {
    let place = form.querySelector("[data-rapport-says]");
    if (!place) form.append((place = made("p", { "data-rapport-says": "", role: "status" })));
    place.dataset.rapportSays = isGood ? "good" : "bad";
    place.textContent = text;
  };

  const mark = (form, details) => {
    for (const field of form.elements) field.removeAttribute("aria-invalid");
    const wrong = Object.keys(details || {}).filter((name) => form.elements[name]);
    for (const name of wrong) form.elements[name].setAttribute("aria-invalid", "true");
    if (wrong.length) form.elements[wrong[0]].focus();
    return Object.entries(details || {}).map(([name, said]) => `${(KNOWN[name] || [name])[0]}: ${[said].flat().join(" ")}`);
  };

  const attach = (form, key, thanks) => {
    let once = newKey();
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("[type=submit], button:not([type])");
      if (button) button.disabled = true;
      say(form, "Sending …", true);
      try {
        const answer = await fetch(base + encodeURIComponent(key), {
          method: "POST",
          credentials: "omit",
          headers: { "Content-Type": "application/json", "Idempotency-Key": once },
          body: JSON.stringify(bodyOf(form)),
        });
        const said = await answer.json();
        if (answer.ok) {
          form.reset();
          mark(form, {});
          say(form, form.dataset.rapportThanks || thanks, true);
          form.dispatchEvent(new CustomEvent("rapport:sent", { bubbles: true, detail: said }));
        } else if (answer.status === 422) {
          say(form, mark(form, said.details).join(" ") || said.message, false);
        } else {
          say(form, answer.status === 503 ? "It was not sent. Please try again in a moment." : said.message, false);
        }
        if (answer.status < 500) once = newKey();
      } catch {
        say(form, "It was not sent. Please check the connection and try again.", false);
      } finally {
        if (button) button.disabled = false;
      }
    });
  };

  const drawn = (asked) => {
    const form = made("form", { class: "rapport-form" }, made("h2", {}, asked.title));
    if (asked.intro) form.append(made("p", {}, asked.intro));
    for (const { name, is_required } of asked.fields) {
      const [label, type, fill] = KNOWN[name];
      const more = { name, autocomplete: fill, required: is_required ? "" : null };
      const field = type === "textarea" ? made("textarea", { rows: "5", ...more }) : made("input", { type, ...more });
      form.append(made("label", {}, made("span", {}, is_required ? label : `${label} (optional)`), field));
    }
    if (asked.consent_text) {
      form.append(made("label", {}, made("input", { type: "checkbox", name: "consent", value: "yes", required: "" }), ` ${asked.consent_text}`));
    }
    const trap = made("input", { name: "url", tabindex: "-1", autocomplete: "off" });
    const hidden = made("div", { "aria-hidden": "true" }, trap);
    hidden.style.cssText = "position:absolute;left:-9999px";
    form.append(hidden, made("button", { type: "submit" }, "Send"));
    return form;
  };

  for (const place of document.querySelectorAll("[data-rapport-form]")) {
    const key = place.dataset.rapportForm;
    if (place instanceof HTMLFormElement) {
      attach(place, key, "Thank you.");
      continue;
    }
    fetch(base + encodeURIComponent(key), { credentials: "omit" })
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
      .then((asked) => {
        const form = drawn(asked);
        attach(form, key, asked.thanks);
        place.replaceChildren(form);
      })
      .catch(() => place.replaceChildren(made("p", { role: "status" }, "The form cannot be shown at this moment.")));
  }
})();
