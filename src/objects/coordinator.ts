import { watchRequestToQuery } from "../api/watch-query.ts";
import { addressName, addressOf, type Configuration } from "../network/address.ts";
import { devNetworkConnects } from "../network/dev-network.ts";
import type { Region } from "../network/region.ts";
import { byDistance } from "../network/round-trip.ts";
import type { Coordinator, WatchRequest } from "../node/coordinate/coordinator.ts";
import { Memory, RequestCoordinator } from "../node/coordinate/request-coordinator.ts";
import { MembershipMismatch } from "../node/rpc/membership-watch.ts";
import { CALLER_HEADER, type Caller, callerToHeader } from "../policy/caller.ts";
import { devNetworkGet } from "./dev-network.ts";
import { nodeLimitsOf } from "./development-limits.ts";
import { configurationOf, type Env } from "./env.ts";
import { MEMBERS_HEADER } from "./members-header.ts";
import { partsFrom } from "./parts.ts";
import { runtimeHost } from "./runtime-host.ts";
import { learnerWatched } from "./serve-control.ts";

/** What the isolate remembers between requests, for each region that a client may be in. */
const memories = new Map<Region, Memory>();

function memoryOf(env: Env, region: Region): Memory {
  let memory = memories.get(region);
  if (memory === undefined) {
    memory = new Memory({ now: () => Date.now() }, region, nodeLimitsOf(env));
    memories.set(region, memory);
  }
  return memory;
}

/** A namespace as one request of a client in `region` sees it, over Durable Objects. */
export class DurableCoordinator extends RequestCoordinator implements Coordinator {
  readonly #learners: Env["LEARNER"];
  readonly #region: Region;
  readonly #caller: Caller;
  readonly #configuration: Configuration;

  constructor(
    env: Env,
    {
      background,
      region,
      namespace,
      caller,
    }: {
      readonly background: (work: Promise<unknown>) => void;
      readonly region: Region;
      readonly namespace: string;
      readonly caller: Caller;
    },
  ) {
    const host = runtimeHost(background);
    const configuration = configurationOf(env, namespace);
    super(host, partsFrom(env, host, region), configuration, memoryOf(env, region), caller);
    this.#caller = caller;
    this.#learners = env.LEARNER;
    this.#region = region;
    this.#configuration = configuration;
  }

  async watch(request: WatchRequest): Promise<Response | undefined> {
    const { members } = this.#configuration;
    const headers = {
      Upgrade: "websocket",
      [CALLER_HEADER]: callerToHeader(this.#caller),
      [MEMBERS_HEADER]: members.join(),
    };
    const url = `https://learner/watch?${watchRequestToQuery(request).toString()}`;
    for (const region of byDistance(this.#region, members)) {
      // A connection is no message that could be delayed; it is there or not.
      if (!devNetworkConnects(devNetworkGet(), this.#region, region)) continue;
      const name = addressName(addressOf(this.#configuration, "learner", region));
      const stub = this.#learners.getByName(name, { locationHint: region as DurableObjectLocationHint });
      const response = await stub.fetch(url, { headers }).catch(() => undefined);
      const others = response?.status === 409 ? response.headers.get(MEMBERS_HEADER) : undefined;
      if (typeof others === "string") {
        throw new MembershipMismatch(others.split(",") as Region[], members);
      }
      if (response?.webSocket) {
        learnerWatched(name);
        return response;
      }
    }
    return undefined;
  }
}
