// Dialogs of the page, and the one that asks before something that cannot be taken back.
export function openDialog(id) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return;
  dialog.showModal();
  const input = dialog.querySelector("input[type=search]");
  if (input) {
    input.select();
    input.dispatchEvent(new Event("opened"));
  }
}

export function askBefore(event) {
  const question = event.detail.question;
  if (!question) return;
  event.preventDefault();
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("aria-label", "Please confirm");
  const body = document.createElement("div");
  body.className = "dialog-body stacked";
  const text = document.createElement("p");
  text.textContent = question;
  const acts = document.createElement("div");
  acts.className = "form-end";
  const no = button("Cancel", "button");
  const yes = button(event.target.querySelector("button[type=submit]")?.textContent.trim() || "Go on", "button danger");
  no.addEventListener("click", () => dialog.close());
  yes.addEventListener("click", () => {
    dialog.close();
    event.detail.issueRequest(true);
  });
  dialog.addEventListener("close", () => dialog.remove());
  acts.append(no, yes);
  body.append(text, acts);
  dialog.append(body);
  document.body.append(dialog);
  dialog.showModal();
  no.focus();
}

function button(text, kind) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = kind;
  made.textContent = text;
  return made;
}
