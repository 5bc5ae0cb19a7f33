// A campaign as it runs: what was sent, who answered and what comes next, as it happens.
import { ask, put } from "./asking.js";
import { listen, soon } from "./live.js";
import { showTimes } from "./times.js";

const page = document.querySelector("[data-campaign]");
const id = page.dataset.campaign;

const look = soon(async () => {
  if (document.getElementById("coming")) htmx.trigger("#coming", "again");
  const answer = await ask(`/campaigns/${id}/now`);
  if (answer.ok) put(await answer.text(), showTimes);
}, 1_000);

listen(JSON.parse(page.dataset.streams), {
  heard: (event) => event.campaign_id === id && look(),
  look,
});
