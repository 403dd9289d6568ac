import { timingSafeEqual } from "hono/utils/buffer";

/** How a token may be sent: as a bearer's (RFC 6750), or as etcd's clients do, with nothing before it, too. */
export type TokenForm = "bearer" | "bearer-or-bare";

const FORMS: Readonly<Record<TokenForm, RegExp>> = {
  bearer: /^Bearer +(\S+) *$/i,
  "bearer-or-bare": /^(?:Bearer +)?(\S+) *$/i,
};

/** Whether a request, a socket's upgrade included, comes from somebody who has the deployment's token, if it has one. */
export async function isAuthenticated(request: Request, token: string | undefined, form: TokenForm): Promise<boolean> {
  if (token === undefined) return true;
  const given = FORMS[form].exec(request.headers.get("authorization") ?? "")?.[1];
  return given !== undefined && timingSafeEqual(given, token);
}
