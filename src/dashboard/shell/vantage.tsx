import { REGIONS } from "../../network/region.ts";
import { session, vantage } from "../data/session.ts";
import { regionName } from "../parts/format.ts";

/** In development: where this page's requests come from. */
export function Vantage() {
  return (
    <label class="vantage" title="The server believes that requests of this page come from here (development only)">
      <span class="vantage-label">From</span>
      <select
        value={vantage.value ?? session.value?.region ?? ""}
        onChange={({ currentTarget }) => {
          vantage.value = currentTarget.value;
        }}
      >
        {REGIONS.map((region) => (
          <option key={region} value={region}>
            {regionName(region)}
          </option>
        ))}
      </select>
    </label>
  );
}
