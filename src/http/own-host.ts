import { problem, problemResponse } from "../api/problem.ts";

/** Names of the machine itself: no page elsewhere can have them (RFC 6761, §6.3). */
const LOOPBACK = /^(?:localhost|[a-z0-9-]+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/**
 * Refuses a request that reached a development server by a name that is not the server's: a page could give its own name
 * this machine's address, and would then read and write as a program of this machine does (DNS rebinding).
 *
 * `hosts`: names besides the loopback's under which the server is meant to be reached.
 */
export function foreignHost(request: Request, hosts: readonly string[]): Response | undefined {
  const { hostname } = new URL(request.url);
  if (LOOPBACK.test(hostname) || hosts.includes(hostname.toLowerCase())) return undefined;
  const detail = `this server is not "${hostname}"; SYNOD_HOSTS names the hosts that it answers to`;
  return problemResponse(problem("misdirected", detail));
}
