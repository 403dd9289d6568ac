import { expect, test } from "vitest";
import { type WatchQuery, watchRequestFromQuery, watchRequestToQuery } from "../../src/api/watch-query.ts";

const ALL: WatchQuery = {
  key: Uint8Array.of(0, 0xff),
  end: Uint8Array.of(0),
  from: 12,
  prevKv: true,
  noPut: true,
  noDelete: true,
  progress: true,
};

test.each([[ALL], [{ key: Uint8Array.of(1) }], [{ ...ALL, from: undefined, noPut: false }]])(
  "a watch comes through the query as it was: %j",
  (watch: WatchQuery) => {
    const { prevKv = false, noPut = false, noDelete = false, progress = false } = watch;
    const read = watchRequestFromQuery(new URLSearchParams(watchRequestToQuery(watch).toString()));
    expect(read?.key).toEqual(watch.key);
    expect(read?.end).toEqual(watch.end);
    expect(read?.from).toEqual(watch.from);
    expect([read?.prevKv === true, read?.noPut === true, read?.noDelete === true, read?.progress === true]).toEqual([
      prevKv,
      noPut,
      noDelete,
      progress,
    ]);
  },
);

test.each(["", "key=!", "key=AA&from=0", "key=AA&from=x", "key=AA&progress=yes", "key=AA&other=1"])(
  "refuses %j",
  (query) => {
    expect(watchRequestFromQuery(new URLSearchParams(query))).toBeUndefined();
  },
);
