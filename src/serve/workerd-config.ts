/** The part of wrangler's configuration that a server needs. */
export interface DeployedWorker {
  readonly name?: string | undefined;
  readonly compatibility_date?: string | undefined;
  readonly compatibility_flags: readonly string[];
  readonly vars: Readonly<Record<string, unknown>>;
  readonly durable_objects: { readonly bindings: readonly { readonly name: string; readonly class_name: string }[] };
}

/** How a Worker is served on this machine. */
export interface Served {
  /** `ADDRESS:PORT` each. */
  readonly addresses: readonly string[];
  readonly state: string;
  /** The folder of the dashboard's files; undefined: without it. */
  readonly dashboard?: string | undefined;
  /** Before those of wrangler.toml. */
  readonly vars: Readonly<Record<string, string>>;
  /** The most that the JavaScript heap may take, in MiB; undefined: as much as V8 chooses. */
  readonly heapMib?: number | undefined;
}

/**
 * What workerd is to run, in its own configuration language (workerd.capnp): the bundled Worker beside the file, its
 * objects with SQLite storage in a folder, one HTTP socket for each address.
 */
export function workerdConfig(worker: DeployedWorker, serve: Served): string {
  const { bindings } = worker.durable_objects;
  const variables = Object.entries({ ...worker.vars, ...serve.vars }).map(([name, value]) => ({
    name,
    text: String(value),
  }));
  const objects = bindings.map(({ name, class_name }) => ({ name, durableObjectNamespace: class_name }));
  const namespaces = bindings.map(({ class_name }) => ({
    className: class_name,
    uniqueKey: `${worker.name}-${class_name}`,
    enableSql: true,
  }));
  const folders = [
    `(name = "state", disk = (path = ${JSON.stringify(serve.state)}, writable = true))`,
    ...(serve.dashboard === undefined
      ? []
      : [`(name = "dashboard", disk = (path = ${JSON.stringify(serve.dashboard)}))`]),
  ];
  const assets = serve.dashboard === undefined ? [] : ['(name = "ASSETS", service = "dashboard")'];
  const sockets = serve.addresses.map(
    (address, index) => `(name = "http-${index}", address = ${JSON.stringify(address)}, http = (), service = "synod")`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "synod", worker = .synod),
    ${folders.join(",\n    ")},
  ],
  sockets = ${list(sockets)},
  v8Flags = ${list(serve.heapMib === undefined ? [] : [`"--max-old-space-size=${serve.heapMib}"`])},
);

const synod :Workerd.Worker = (
  modules = [(name = "index.js", esModule = embed "index.js")],
  compatibilityDate = ${JSON.stringify(worker.compatibility_date)},
  compatibilityFlags = ${list(worker.compatibility_flags.map((flag) => JSON.stringify(flag)))},
  bindings = ${list([...[...variables, ...objects].map(struct), ...assets])},
  durableObjectNamespaces = ${list(namespaces.map(struct))},
  durableObjectStorage = (localDisk = "state"),
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
