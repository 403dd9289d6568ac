"""What a program does with python3-etcd3, against the endpoint that is given. Prints one line of JSON for each step."""

import json
import sys
import threading

import etcd3

host, port = sys.argv[1].split(":")
client = etcd3.client(host=host, port=int(port), timeout=30)


def say(step, what):
    print(json.dumps([step, what]), flush=True)


client.put("py/a", "1")
client.put("py/b", "2")
value, meta = client.get("py/a")
say("get", [value.decode(), meta.key.decode(), meta.version])
say("missing", client.get("py/none")[0])
say("prefix", [v.decode() for v, _ in client.get_prefix("py/")])
say("replace", [client.replace("py/a", "1", "3"), client.replace("py/a", "1", "4")])

done, answers = client.transaction(
    compare=[client.transactions.value("py/a") == "3", client.transactions.version("py/b") > 0],
    success=[client.transactions.put("py/c", "5"), client.transactions.get("py/a")],
    failure=[client.transactions.delete("py/a")],
)
say("txn", [done, answers[1][0][0].decode()])

seen = []
told = threading.Event()


def on_event(response):
    for event in response.events:
        seen.append([type(event).__name__, event.key.decode(), event.value.decode()])
    if len(seen) >= 2:
        told.set()


watch = client.add_watch_prefix_callback("py/w/", on_event)
client.put("py/w/x", "6")
client.delete("py/w/x")
told.wait(60)
client.cancel_watch(watch)
say("watch", seen)

lease = client.lease(60)
client.put("py/leased", "7", lease=lease)
lease.refresh()
say("lease", [lease.granted_ttl, lease.remaining_ttl > 0, [key.decode() for key in lease.keys]])
lease.revoke()
say("revoked", client.get("py/leased")[0])

# Its own waiting for a lock that is held fails with Debian's tenacity, so nobody waits here.
lock = client.lock("py", ttl=60)
say("lock", [lock.acquire(timeout=30), lock.is_acquired(), lock.release(), lock.is_acquired()])

say("delete", [client.delete("py/a"), client.delete_prefix("py/").deleted > 0])
say("status", client.status().version)
