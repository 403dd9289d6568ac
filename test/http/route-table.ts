/**
 * Every route, how a request to it looks that is well formed, and what it answers by what is sent to be let in: nothing,
 * a token that nobody made, one with too few rights, a ticket to read and to watch of an administrator, and a token that
 * is over. An answer is a status and, unless it is a success, a problem's code or etcd's number.
 */
export const CREDENTIALS = ["none", "wrong", "little", "ticket", "expired"] as const;
export type Credential = (typeof CREDENTIALS)[number];
export type Answers = Readonly<Record<Credential, string>>;

export interface Row {
  /**
   * What stands for the parameters of the path. `{ns}` is a namespace with the key `a`, a lock `held` by the fencing token
   * `{held}`, another one `led`, and a release `{release}` of the key `r`.
   */
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | object;
  readonly answers: Answers;
}

function all(answer: string): Answers {
  return { none: answer, wrong: answer, little: answer, ticket: answer, expired: answer };
}

const NOBODY = "401 unauthorized";
/** Known callers are told that they may not, by whatever they are known. */
const CLOSED: Answers = { ...all(NOBODY), little: "403 forbidden", ticket: "403 forbidden" };
/** What a ticket to read and to watch opens. */
const READ: Answers = { ...CLOSED, ticket: "200" };
/** Whoever is known may ask. */
const KNOWN: Answers = { ...READ, little: "200" };
const OPEN: Answers = all("200");

const write = (row: Omit<Row, "answers"> = {}): Row => ({ answers: CLOSED, ...row });
const read = (row: Omit<Row, "answers"> = {}): Row => ({ answers: READ, ...row });
const name = { name: "a" };
const release = { id: "{release}" };
const changes = [{ key: "r", value: "2" }];
const held = { name: "held", token: "{held}" };
/** A page of the dashboard, which names its origin. */
const page = { origin: "http://synod.test" };
const rules = { rules: [] };

export const ROUTE_TABLE: Readonly<Record<string, Row>> = {
  "put /v1/{ns}/kv/{key}": write({ path: { key: "a" }, body: "v" }),
  "get /v1/{ns}/kv/{key}": read({ path: { key: "a" } }),
  "delete /v1/{ns}/kv/{key}": write({ path: { key: "a" } }),
  "delete /v1/{ns}/kv": write({ query: "prefix=a" }),
  "get /v1/{ns}/kv": read({ query: "prefix=a" }),
  "post /v1/{ns}/txn": write({ body: { success: [{ put: { key: "a", value: "v" } }] } }),
  "get /v1/{ns}/history/{key}": read({ path: { key: "a" } }),
  "get /v1/{ns}/audit": write(),
  "post /v1/{ns}/compact": write({ body: { revision: 1 } }),
  "post /v1/{ns}/leases": write({ body: { ttl: 60 } }),
  "get /v1/{ns}/leases": write(),
  "get /v1/{ns}/leases/{id}": write({ path: { id: "1" } }),
  "post /v1/{ns}/leases/{id}/keep-alive": write({ path: { id: "1" } }),
  "delete /v1/{ns}/leases/{id}": write({ path: { id: "1" } }),
  "post /v1/{ns}/locks/{name}": write({ path: name }),
  "get /v1/{ns}/locks/{name}": read({ path: name }),
  "post /v1/{ns}/locks/{name}/{token}/keep-alive": write({ path: held }),
  "delete /v1/{ns}/locks/{name}/{token}": write({ path: held }),
  "post /v1/{ns}/propose/{key}": write({ path: { key: "a" }, body: "v" }),
  "get /v1/{ns}/propose/{key}": read({ path: { key: "a" } }),
  "get /v1/{ns}/watch": read({ query: "prefix=a", headers: { accept: "text/event-stream" } }),
  "post /v1/{ns}/releases:plan": write({ body: { changes } }),
  "post /v1/{ns}/releases": write({ body: { changes } }),
  "get /v1/{ns}/releases": read(),
  "get /v1/{ns}/releases/{id}": read({ path: release }),
  "get /v1/{ns}/releases/{id}/staged": read({ path: release, query: "prefix=r" }),
  "get /v1/{ns}/releases/{id}/health": read({ path: release }),
  // Alertmanager has a token for it: who may read releases and tell of alerts is known by a verb of its own.
  "post /v1/{ns}/releases/{id}/signals": write({ path: release, body: { version: "4", alerts: [] } }),
  "post /v1/{ns}/releases/{id}/{action}": write({ path: { ...release, action: "pause" } }),
  "post /v1/{ns}/releases:report": read({ body: { client: "c", applied: 1, releases: [] } }),
  "get /v1/{ns}/effective/{key}": read({ path: { key: "a" }, query: "target=t" }),
  "get /v1/{ns}/strategies": read(),
  "get /v1/{ns}/strategies/{name}": read({ path: { name: "AllAtOnce" } }),
  "put /v1/{ns}/strategies/{name}": write({ path: name, body: { stages: [{ share: 1, dwell_s: 0 }] } }),
  "delete /v1/{ns}/strategies/{name}": write({ path: name }),
  "get /v1/{ns}/schemas": read(),
  "get /v1/{ns}/schemas/{prefix}": { path: { prefix: "a" }, answers: { ...READ, ticket: "404 not-found" } },
  "put /v1/{ns}/schemas/{prefix}": write({
    path: { prefix: "a" },
    body: { validators: [{ kind: "json-schema", schema: true }] },
  }),
  "delete /v1/{ns}/schemas/{prefix}": write({ path: { prefix: "a" } }),
  "get /v1/{ns}/status": read(),
  "get /v1/{ns}/health": read(),
  "get /v1/{ns}/backup": write({ query: "cursor=" }),
  "post /v1/{ns}/restore": write({ body: { step: "begin", restore: "r", revision: 1 } }),
  "get /v1/{ns}/metrics": read(),
  "post /v1/{ns}/level": write({ body: { level: 1 } }),
  "get /v1/{ns}/quotas": read(),
  "put /v1/{ns}/quotas": write({ body: { keys: 1 } }),
  // Rights in the namespace `synod` are what it needs.
  "get /metrics": { answers: { ...CLOSED, little: NOBODY } },
  "get /v1": { answers: { ...CLOSED, little: NOBODY } },
  "get /v1/{ns}/roles": write(),
  "get /v1/{ns}/roles/{name}": write({ path: name }),
  "put /v1/{ns}/roles/{name}": write({ path: name, body: rules }),
  "delete /v1/{ns}/roles/{name}": write({ path: name }),
  "get /v1/{ns}/bindings": write(),
  "get /v1/{ns}/bindings/{name}": write({ path: name }),
  "put /v1/{ns}/bindings/{name}": write({ path: name, body: { role: "reader", principals: [] } }),
  "delete /v1/{ns}/bindings/{name}": write({ path: name }),
  "get /v1/{ns}/tokens": write(),
  "post /v1/{ns}/tokens": write({ body: { roles: ["reader"] } }),
  "delete /v1/{ns}/tokens/{id}": write({ path: { id: "abcdefghijkl" } }),
  "post /v1/{ns}/tokens/{id}/rotate": write({ path: { id: "abcdefghijkl" }, body: {} }),
  "get /v1/{ns}/whoami": { answers: KNOWN },
  "post /v1/{ns}/access:explain": { body: { verb: "read", key: "a" }, answers: KNOWN },
  "post /v1/{ns}/tickets": { body: {}, answers: { ...READ, ticket: "201" } },
  "post /ofrep/v1/evaluate/flags": read({ body: { context: {} } }),
  "post /ofrep/v1/evaluate/flags/{key}": {
    path: { key: "a" },
    body: { context: {} },
    answers: { ...READ, ticket: "404 FLAG_NOT_FOUND" },
  },
  "get /ofrep/v1/events": read({ query: "namespace={ns}" }),
  "get /healthz": { answers: OPEN },
  "get /problems/{code}": { path: { code: "forbidden" }, answers: OPEN },
  "get /dashboard/session": { answers: OPEN },
  "post /dashboard/session": { headers: page, body: { token: "r00t" }, answers: OPEN },
  "delete /dashboard/session": { headers: page, answers: all("204") },
  "get /dev/network": { answers: OPEN },
  "put /dev/network": { body: {}, answers: OPEN },
};

/** A path of etcd's gateway below `/v3`, or one without a prefix. */
const ETCD_CLOSED: Answers = { none: "400 3", wrong: "401 16", little: "403 7", ticket: "403 7", expired: "401 16" };
const ETCD_READ: Answers = { ...ETCD_CLOSED, ticket: "200" };
const ETCD_KNOWS_NO_WATCHER: Answers = { ...all("200 canceled"), none: "400 3", ticket: "200" };
/** The same for everybody who sends anything, since nothing is asked of the namespace. */
const constant = (answer: string): Row => ({ body: {}, answers: { ...all(answer), none: "400 3" } });

const etcdWrite = (body: object): Row => ({ body, answers: ETCD_CLOSED });
const etcdRead = (body: object): Row => ({ body, answers: ETCD_READ });
const key = "YQ==";
/** `led` in base64: a lock that is held is an election with a leader. */
const LED = "bGVk";
const leader = { leader: { name: key, key, rev: "1", lease: "1" } };
const UNSERVED = constant("501 12");

export const ETCD_TABLE: Readonly<Record<string, Row>> = {
  "kv/range": etcdRead({ key }),
  "kv/put": etcdWrite({ key }),
  "kv/deleterange": etcdWrite({ key }),
  "kv/txn": etcdWrite({ success: [{ request_put: { key } }] }),
  "kv/compaction": etcdWrite({ revision: 1 }),
  watch: { body: { create_request: { key } }, answers: ETCD_KNOWS_NO_WATCHER },
  "lease/grant": etcdWrite({ TTL: 60 }),
  "lease/revoke": etcdWrite({ ID: 1 }),
  "kv/lease/revoke": etcdWrite({ ID: 1 }),
  "lease/keepalive": etcdWrite({ ID: 1 }),
  "lease/timetolive": etcdWrite({ ID: 1 }),
  "kv/lease/timetolive": etcdWrite({ ID: 1 }),
  "lease/leases": etcdWrite({}),
  "kv/lease/leases": etcdWrite({}),
  "maintenance/status": etcdRead({}),
  "maintenance/alarm": etcdRead({}),
  "cluster/member/list": etcdRead({}),
  "lock/lock": etcdWrite({ name: key }),
  "lock/unlock": etcdWrite({ key }),
  "election/campaign": etcdWrite({ name: key, lease: 1 }),
  "election/proclaim": etcdWrite(leader),
  "election/leader": etcdRead({ name: LED }),
  "election/observe": etcdRead({ name: LED }),
  "election/resign": etcdWrite(leader),
  "auth/enable": etcdWrite({ name: "a", role: "a" }),
  "auth/disable": etcdWrite({ name: "a", role: "a" }),
  "auth/authenticate": { body: {}, answers: all("412 9") },
  "auth/user/add": etcdWrite({ name: "a", role: "a" }),
  "auth/user/get": etcdWrite({ name: "a", role: "a" }),
  "auth/user/list": etcdWrite({ name: "a", role: "a" }),
  "auth/user/delete": etcdWrite({ name: "a", role: "a" }),
  "auth/user/changepw": etcdWrite({ name: "a", role: "a" }),
  "auth/user/grant": etcdWrite({ name: "a", role: "a" }),
  "auth/user/revoke": etcdWrite({ name: "a", role: "a" }),
  "auth/role/add": etcdWrite({ name: "a", role: "a" }),
  "auth/role/get": etcdWrite({ name: "a", role: "a" }),
  "auth/role/list": etcdWrite({ name: "a", role: "a" }),
  "auth/role/delete": etcdWrite({ name: "a", role: "a" }),
  "auth/role/grant": etcdWrite({ name: "a", role: "a" }),
  "auth/role/revoke": etcdWrite({ name: "a", role: "a" }),
  "maintenance/hash": UNSERVED,
  "maintenance/snapshot": UNSERVED,
  "maintenance/defragment": constant("200"),
  "maintenance/transfer-leadership": constant("412 9"),
  "cluster/member/add": UNSERVED,
  "cluster/member/remove": UNSERVED,
  "cluster/member/update": UNSERVED,
  "cluster/member/promote": UNSERVED,
  version: { answers: OPEN },
  health: { answers: OPEN },
};
