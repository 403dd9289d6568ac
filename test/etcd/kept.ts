/**
 * Where answers differ from etcd's (3.4.23) and are meant to. Each entry is either taken out before answers are compared
 * (`compare.ts`) or never asked for (`generate.ts`).
 */
export const KEPT: readonly { readonly what: string; readonly why: string }[] = [
  {
    what: "cluster_id, member_id, raft_term, and what maintenance/status and cluster/member/list tell of the cluster",
    why: "another cluster; there are no terms, and a namespace's members are the regions that vote",
  },
  {
    what: "the id of a lease when the server chooses it",
    why: "both choose at random; a chosen id is taken for the same lease from then on",
  },
  {
    what: "lease/leases lists leases by id as text, etcd by expiry; lease/timetolive lists keys in order, etcd in any order",
    why: "one order that is always the same",
  },
  {
    what: "the TTL that is left of a lease may be two seconds off",
    why: "two clocks; etcd rounds down",
  },
  {
    what: "keys above 1 KiB are refused as requests that are too large",
    why: "limits of the data model; etcd knows only that of the request, 1.5 MiB, which holds here too",
  },
  {
    what: "a write whose answer has more than 64 KiB may end in `request timed out`, although it took effect, when the learner that applied it is lost just then",
    why: "larger results are kept in memory only",
  },
  {
    what: "the URL-safe alphabet of base64 is understood",
    why: "clients send it, and it means one thing only",
  },
  {
    what: "equal values of a sort target other than the key are in key order",
    why: "etcd's sort is not stable above 12 keys, and its order then means nothing",
  },
  {
    what: "a sort_target that does not exist is an error",
    why: "it ends an etcd server",
  },
  {
    what: "null within compare, success or failure is an empty message",
    why: "etcd's gateway panics and drops the connection",
  },
  {
    what: "of several members of a oneof the first in the protocol's order counts",
    why: "in etcd it is a random one",
  },
  {
    what: "a transaction that deletes a key and then wants to keep its value is refused",
    why: "it ends an etcd server",
  },
  {
    what: "a negative start_revision of a watch is the first revision",
    why: "etcd cancels such a watch as compacted, at -1 when nothing ever was",
  },
  {
    what: "a watch from the compacted revision itself tells of keys deleted in it",
    why: "etcd's compaction drops these events although it accepts the watch",
  },
  {
    what: "a watch from a compacted revision is cancelled at once, and its id is free again",
    why: "etcd does the same a moment later",
  },
  {
    what: "events of several revisions may come in one message or in several",
    why: "so they do in etcd, as it pleases; a single revision is never split",
  },
  {
    what: "a watch that had no event for ten minutes is told its progress, also when it did not ask for it",
    why: "to find out whether the client is still there",
  },
  {
    what: "a watch request with an empty body ends, instead of hanging without an answer",
    why: "nobody could tell what it waits for",
  },
  {
    what: "/v3alpha exists, although etcd 3.4 has dropped it",
    why: "older clients work unchanged",
  },
  {
    what: "hash, snapshot and changes of membership are answered as unimplemented, defragment does nothing",
    why: "there is nothing that they could act on",
  },
  {
    what: "changes of users, roles and permissions take revisions",
    why: "they are documents of the namespace's log; their own versions are in no answer",
  },
  {
    what: "with authentication on, leases, compaction, alarms, status and the member list need a user; in etcd they are open to all",
    why: "nobody may fill or read a store whom it does not know; compaction is an administrator's, and the keys of a lease are told to those who may read them",
  },
  {
    what: "within a transaction, nested ones, previous values and leases of puts need the same rights as outside; in etcd 3.4 they need none",
    why: "a way around permissions is none",
  },
  {
    what: "a put with ignore_value needs a right to read, too",
    why: "it may answer with, and keeps, what stood there",
  },
  {
    what: "a range whose end is not above its key is permitted to everybody",
    why: "it has no keys; etcd denies most of them",
  },
  {
    what: "two permissions of a role with the same key and different ends: granting one again replaces that one",
    why: "etcd looks at the first of the key only, and may keep what was to be replaced",
  },
  {
    what: "a permission that is not given, or of no known type, is an error of code 3",
    why: "the one ends an etcd server, now and at every start; the other means nothing",
  },
  {
    what: "names of users and roles have at most 128 characters of A-Z a-z 0-9 . _ @ -; reader, writer, releaser, approver and admin are roles everywhere, which lists leave out and nobody changes",
    why: "they are the names of /v1",
  },
  {
    what: "a token that does not hold is looked at where authentication is on, and by auth/authenticate not at all",
    why: "who signs in anew may send an old one; etcd also refuses it while authentication is off",
  },
  {
    what: "tokens hold for a day; etcd's for five minutes after their last use",
    why: "they are signed and never stored, so that use does not renew them; a new password or the user's end ends them at once",
  },
  {
    what: "`Bearer` before a token is understood",
    why: "that is how HTTP sends tokens",
  },
  {
    what: "after many wrong passwords of a user, or many changes of users and roles, code 8 for a while",
    why: "a wrong password costs as much work as a right one, and each change has all that is under way decided anew",
  },
];
