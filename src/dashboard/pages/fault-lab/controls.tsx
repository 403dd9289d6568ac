import type { DevNetwork } from "../../../network/dev-network.ts";
import { percent } from "../../parts/format.ts";
import { networkSet } from "./network.ts";

/** What holds for all links. */
export function Controls({ network }: { readonly network: DevNetwork }) {
  const set = (change: Partial<DevNetwork>): void => void networkSet({ ...network, ...change });
  return (
    <div class="lab-controls">
      <label>
        <input
          type="checkbox"
          checked={network.wan === true}
          onChange={({ currentTarget }) => set({ wan: currentTarget.checked })}
        />{" "}
        Real distances between the regions
      </label>
      <Share name="Messages lost" value={network.drop ?? 0} set={(drop) => set({ drop })} />
      <Share name="Delays vary by" value={network.jitter ?? 0} set={(jitter) => set({ jitter })} />
      <div class="buttons">
        <button type="button" onClick={() => void networkSet({ wan: network.wan === true })}>
          Heal everything
        </button>
      </div>
    </div>
  );
}

function Share(props: { readonly name: string; readonly value: number; readonly set: (value: number) => void }) {
  return (
    <label class="field">
      <span>
        {props.name}: {percent(props.value)}
      </span>
      <input
        type="range"
        min={0}
        max={1}
        step={0.05}
        value={props.value}
        onChange={({ currentTarget }) => props.set(Number(currentTarget.value))}
      />
    </label>
  );
}
