import { EtcdError } from "./codec/error.ts";
import { EmptyRequest } from "./codec/request.ts";
import type { Handler } from "./unary.ts";
import { unary } from "./unary.ts";

/** What etcd 3.4 has below its prefixes and this gateway does not serve: told in etcd's form, so that clients know. */
const UNSERVED = [
  "maintenance/hash",
  "maintenance/snapshot",
  "cluster/member/add",
  "cluster/member/remove",
  "cluster/member/update",
  "cluster/member/promote",
] as const;

/** An answer that is the same whatever is asked. */
function refusing(error: EtcdError): Handler {
  return unary(EmptyRequest, () => Promise.reject(error));
}

export const UNSERVED_HANDLERS: readonly (readonly [string, Handler])[] = [
  ...UNSERVED.map(
    (path) => [path, refusing(new EtcdError("unimplemented", `${path} is not served by Synod`))] as const,
  ),
  // There is nothing to defragment: the platform keeps the files.
  ["maintenance/defragment", unary(EmptyRequest, async () => ({}))],
  [
    "maintenance/transfer-leadership",
    refusing(new EtcdError("failed-precondition", "etcdserver: bad leader transferee")),
  ],
];
