import { createSynod } from "synod";

const url = new URLSearchParams(location.search).get("synod") ?? "http://localhost:8787";
const synod = createSynod({ url }, { namespace: "shop" });
const list = document.querySelector("dl") as HTMLElement;
const state = document.querySelector("output") as HTMLElement;

// It follows a watch: after a break it goes on where it was, without a gap.
const view = await synod.config.view("prices/");
view.onChange(show);
show();
setInterval(() => {
  state.textContent = `${view.state}, revision ${view.revision}`;
}, 200);

function show(): void {
  const prices = view.at();
  list.replaceChildren(
    ...[...prices.keys()].flatMap((key) => {
      const [term, value] = [document.createElement("dt"), document.createElement("dd")];
      term.textContent = key.slice("prices/".length);
      value.textContent = String(prices.get(key));
      return [term, value];
    }),
  );
}
