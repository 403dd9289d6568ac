/** Flag sets are ordinary values below this: the set `default` is the value of `flags/default`. */
export const FLAG_SETS_PREFIX = "flags/";
export const FLAG_SET_DEFAULT = "default";
export const FLAG_SET_NAME_CHARS_MAX = 128;

export const FLAG_SET_NAME = new RegExp(`^[A-Za-z0-9][A-Za-z0-9._-]{0,${FLAG_SET_NAME_CHARS_MAX - 1}}$`);

/** The key of a flag set. */
export function flagSetKey(set: string): string {
  return `${FLAG_SETS_PREFIX}${set}`;
}
