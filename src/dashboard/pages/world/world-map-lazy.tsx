import { type Signal, signal } from "@preact/signals";
import type { FunctionComponent } from "preact";
import { Loading } from "../../parts/problem.tsx";
import type { MapProps } from "./world-map.tsx";

/** The map's data is larger than all the rest, so it comes only where it is shown. */
const loaded: Signal<FunctionComponent<MapProps> | "failed" | undefined> = signal(undefined);

async function load(): Promise<void> {
  try {
    loaded.value = (await import("./world-map.tsx")).Map;
  } catch {
    loaded.value = "failed";
  }
}

let isAsked = false;

export function WorldMap(props: MapProps) {
  if (!isAsked) {
    isAsked = true;
    void load();
  }
  const Map = loaded.value;
  if (Map === undefined) return <Loading what="the map" />;
  if (Map === "failed") return <p class="faint">The map could not be loaded; the table below says the same.</p>;
  return <Map {...props} />;
}
