import { z } from "zod";
import { base64urlDecode } from "./base64.ts";

/** Bytes in unpadded base64url. */
export const Base64urlField = z.string().transform((text, context) => {
  const decoded = base64urlDecode(text);
  if (decoded !== undefined) return decoded;
  context.addIssue("not base64url");
  return z.NEVER;
});
