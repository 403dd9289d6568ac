/** The part of wrangler's configuration that a server needs. */
export interface DeployedWorker {
  readonly name?: string | undefined;
  readonly compatibility_date?: string | undefined;
  readonly compatibility_flags: readonly string[];
  readonly vars: Readonly<Record<string, unknown>>;
  readonly durable_objects: { readonly bindings: readonly { readonly name: string; readonly class_name: string }[] };
}

/** What one process serves. */
export interface Served {
  /** Where it listens: `HOST:PORT` or `unix:PATH`. */
  readonly address: string;
  /** Go before the variables of wrangler.toml. */
  readonly vars: Readonly<Record<string, string>>;
  /** Where its objects keep their state; without it, it has none and calls those at `objects`. */
  readonly state?: string;
  /** The door (see `src/apart/`) of the process that has the objects. */
  readonly objects?: string;
  /** It is that process. */
  readonly isDoor?: boolean;
}

/** What the objects' door is called on its connection, which carries nothing else. */
const DOOR = "objects";

/**
 * What workerd is to run, in its own configuration language (workerd.capnp): the bundled Worker beside the file, its
 * objects with SQLite storage in a folder, one socket.
 */
export function workerdConfig(worker: DeployedWorker, { address, vars, state, objects, isDoor }: Served): string {
  const variables = Object.entries({ ...worker.vars, ...vars }).map(([name, value]) => ({ name, text: String(value) }));
  const bindings = worker.durable_objects.bindings.map(({ name, class_name }) => ({
    name,
    durableObjectNamespace: class_name,
  }));
  const namespaces = worker.durable_objects.bindings.map(({ class_name }) => ({
    className: class_name,
    uniqueKey: `${worker.name}-${class_name}`,
    enableSql: true,
  }));
  const own = state === undefined ? [{ name: "OBJECTS", service: DOOR }] : bindings;
  const services = [
    `(name = "synod", worker = .synod)`,
    ...(state === undefined ? [] : [`(name = "state", disk = (path = ${JSON.stringify(state)}, writable = true))`]),
    ...(objects === undefined
      ? []
      : [
          `(name = "${DOOR}", external = (address = ${JSON.stringify(objects)}, http = (capnpConnectHost = "${DOOR}")))`,
        ]),
  ];
  const [http, service] =
    isDoor === true
      ? [`(capnpConnectHost = "${DOOR}")`, `(name = "synod", entrypoint = "ObjectsDoor")`]
      : ["()", `"synod"`];
  const storage =
    state === undefined
      ? ""
      : `
  durableObjectNamespaces = ${list(namespaces.map(struct))},
  durableObjectStorage = (localDisk = "state"),`;
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = ${list(services)},
  sockets = [(name = "http", address = ${JSON.stringify(address)}, http = ${http}, service = ${service})],
);

const synod :Workerd.Worker = (
  modules = [(name = "index.js", esModule = embed "index.js")],
  compatibilityDate = ${JSON.stringify(worker.compatibility_date)},
  compatibilityFlags = ${list(worker.compatibility_flags.map((flag) => JSON.stringify(flag)))},
  bindings = ${list([...variables, ...own].map(struct))},${storage}
);
`;
}

function struct(fields: Readonly<Record<string, string | boolean>>): string {
  const pairs = Object.entries(fields).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return `(${pairs.join(", ")})`;
}

function list(items: readonly string[]): string {
  return `[${items.join(", ")}]`;
}
