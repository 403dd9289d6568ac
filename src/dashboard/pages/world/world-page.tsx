import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { StatusAnswer } from "../../../api/answer.ts";
import { askJson, type Trouble, troubleOf } from "../../data/http.ts";
import { vantageHeaders } from "../../data/session.ts";
import { regionName } from "../../parts/format.ts";
import { Loading, ProblemNote } from "../../parts/problem.tsx";
import { place } from "../../shell/place.ts";

export function WorldPage() {
  const { namespace } = place.value;
  const status = useSignal<StatusAnswer | undefined>(undefined);
  const trouble = useSignal<Trouble | undefined>(undefined);
  useEffect(() => {
    askJson<StatusAnswer>(`/v1/${namespace}/status`, { headers: vantageHeaders() }).then(
      (answer) => {
        status.value = answer;
      },
      (error: unknown) => {
        trouble.value = troubleOf(error);
      },
    );
  }, [namespace, status, trouble]);
  if (trouble.value !== undefined) return <ProblemNote trouble={trouble.value} />;
  if (status.value === undefined) return <Loading what="the regions" />;
  return (
    <ul>
      {status.value.acceptors.map(({ region, reachable }) => (
        <li key={region}>
          {regionName(region)}: {reachable ? "up" : "not reached"}
        </li>
      ))}
    </ul>
  );
}
