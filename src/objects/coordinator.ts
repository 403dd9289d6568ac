import { watchRequestToQuery } from "../api/watch-query.ts";
import { addressName, addressOf, type Configuration } from "../network/address.ts";
import { devNetworkConnects } from "../network/dev-network.ts";
import type { Host } from "../network/host.ts";
import type { Region } from "../network/region.ts";
import { byDistance } from "../network/round-trip.ts";
import type {
  Coordinator,
  NamespaceStatus,
  ReadOutcome,
  ReadRequest,
  WatchRequest,
  WriteOutcome,
  WriteRequest,
} from "../node/coordinate/coordinator.ts";
import { Memory, RequestCoordinator } from "../node/coordinate/request-coordinator.ts";
import { namespaceStatus } from "../node/coordinate/status.ts";
import type { Parts } from "../node/rpc/call.ts";
import { devNetworkGet } from "./dev-network.ts";
import { nodeLimitsOf } from "./development-limits.ts";
import { configurationOf, type Env } from "./env.ts";
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
export class DurableCoordinator implements Coordinator {
  readonly #env: Env;
  readonly #host: Host;
  readonly #parts: Parts;
  readonly #configuration: Configuration;
  readonly #memory: Memory;

  constructor(env: Env, background: (work: Promise<unknown>) => void, region: Region, namespace: string) {
    this.#env = env;
    this.#host = runtimeHost(background);
    this.#parts = partsFrom(env, this.#host, region);
    this.#configuration = configurationOf(env, namespace);
    this.#memory = memoryOf(env, region);
  }

  write(request: WriteRequest): Promise<WriteOutcome> {
    return this.#request().write(request);
  }

  read(request: ReadRequest): Promise<ReadOutcome> {
    return this.#request().read(request);
  }

  status(): Promise<NamespaceStatus> {
    return namespaceStatus({
      host: this.#host,
      parts: this.#parts,
      configuration: this.#configuration,
      health: this.#memory.acceptors,
      limits: this.#memory.limits,
    });
  }

  async watch(request: WatchRequest): Promise<Response | undefined> {
    const url = `https://learner/watch?${watchRequestToQuery(request).toString()}`;
    for (const region of byDistance(this.#parts.region, this.#configuration.members)) {
      // A connection is no message that could be delayed; it is there or not.
      if (!devNetworkConnects(devNetworkGet(), this.#parts.region, region)) continue;
      const name = addressName(addressOf(this.#configuration, "learner", region));
      const stub = this.#env.LEARNER.getByName(name, { locationHint: region as DurableObjectLocationHint });
      const response = await stub.fetch(url, { headers: { Upgrade: "websocket" } }).catch(() => undefined);
      if (response?.webSocket) {
        learnerWatched(name);
        return response;
      }
    }
    return undefined;
  }

  #request(): RequestCoordinator {
    return new RequestCoordinator(this.#host, this.#parts, this.#configuration, this.#memory);
  }
}
