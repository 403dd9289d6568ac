/** What is needed of an R2 bucket. */
export interface R2Binding {
  head(key: string): Promise<{ readonly etag: string; readonly customMetadata?: Record<string, string> } | null>;
  put(
    key: string,
    value: ArrayBuffer | ArrayBufferView | string,
    options: {
      readonly onlyIf: { readonly etagMatches?: string } | Headers;
      readonly customMetadata: Record<string, string>;
    },
  ): Promise<unknown>;
}

const ATTEMPTS_MAX = 10;
const TOKEN = "synod-fencing-token";

/**
 * A fence in R2: each object carries the token that wrote it, and is replaced by conditional put. `put` answers false
 * when a higher token wrote it already: nothing was written.
 */
export function fenceR2(bucket: R2Binding) {
  return {
    async put(key: string, token: number, value: ArrayBuffer | ArrayBufferView | string): Promise<boolean> {
      const customMetadata = { [TOKEN]: `${token}` };
      for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        const found = await bucket.head(key);
        if (Number(found?.customMetadata?.[TOKEN] ?? 0) > token) return false;
        const onlyIf = found === null ? new Headers({ "if-none-match": "*" }) : { etagMatches: found.etag };
        if ((await bucket.put(key, value, { onlyIf, customMetadata })) !== null) return true;
      }
      throw new Error(`${key} changed ${ATTEMPTS_MAX} times while it was to be written`);
    },
  };
}
