import { problem, problemResponse } from "../api/problem.ts";
import type { Env } from "./env.ts";

/**
 * What the supervisor of a local server asks of its own Worker (`src/serve/supervisor.ts`): whether it is the one, and
 * to drain. A deployment has no `SYNOD_CONTROL`, and so none of this.
 */
const CONTROL_HEADER = "synod-control";

/** Module state: one isolate serves all of a local server. */
let isDraining = false;
/** Names of the learners that were given a watch. As many as there are learners, at most. */
const watched = new Set<string>();

/** Notes that the learner of this name was given a watch. */
export function learnerWatched(name: string): void {
  watched.add(name);
}

/** The answer to the supervisor, or to anybody while this server drains; undefined: the request is the app's. */
export function serveControl(request: Request, env: Env): Promise<Response> | Response | undefined {
  const given = request.headers.get(CONTROL_HEADER);
  if (given !== null && env.SYNOD_CONTROL !== undefined && given === env.SYNOD_CONTROL) return control(request, env);
  if (!isDraining) return undefined;
  const detail = "nothing was done; send it again, to another server or to the next one here";
  return problemResponse(problem("stopping", detail), { "retry-after": "1" });
}

function control(request: Request, env: Env): Promise<Response> | Response {
  const answer = new Response(null, { status: 204 });
  return new URL(request.url).pathname === "/serve/drain" ? drain(env, answer) : answer;
}

/** Tells every watcher to go on elsewhere, and takes nothing new. */
async function drain(env: Env, answer: Response): Promise<Response> {
  isDraining = true;
  await Promise.allSettled([...watched].map((name) => env.LEARNER.getByName(name).leave()));
  return answer;
}
