// A word in the corner that goes by itself, perhaps with a way back.
const STAYS = 8_000;

export function toast(text, { tone = "warn", undo } = {}) {
  const said = document.createElement("p");
  said.className = `toast ${tone}`;
  const words = document.createElement("span");
  words.textContent = text;
  said.append(words);
  if (undo) {
    const back = document.createElement("button");
    back.type = "button";
    back.className = "button small";
    back.textContent = "Undo";
    back.addEventListener("click", () => {
      said.remove();
      undo();
    });
    said.append(back);
  }
  document.querySelector(".toasts")?.append(said);
  setTimeout(() => said.remove(), STAYS);
}
