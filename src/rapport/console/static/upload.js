// Dropping a file: it goes up at once, with its progress; whose it is stands in the address.
const form = document.querySelector("[data-uploads]");
const drop = form.querySelector(".drop");
const file = form.querySelector("input[type=file]");
const bar = form.querySelector("progress");
const of = form.querySelector("[data-of]");

for (const name of ["dragenter", "dragover"])
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length) {
    file.files = event.dataTransfer.files;
    form.requestSubmit();
  }
});
file.addEventListener("change", () => file.files.length && form.requestSubmit());
form.addEventListener("htmx:xhr:progress", (event) => {
  bar.hidden = false;
  if (event.detail.total) bar.value = (event.detail.loaded / event.detail.total) * 100;
});
form.addEventListener("htmx:configRequest", (event) => {
  if (of) event.detail.path = `/leads/imports?of=${encodeURIComponent(of.value)}`;
});
