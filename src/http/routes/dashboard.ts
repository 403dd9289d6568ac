import { problem, problemResponse } from "../../api/problem.ts";

/** The built files of the dashboard (`src/dashboard/build.ts`), by name: `https://assets/page.html`. */
export interface DashboardFiles {
  fetch(url: string): Promise<Response>;
}

const PAGE = "/dashboard/";
const FILE = /^\/dashboard\/assets\/([A-Za-z0-9_-]+\.(js|css|svg))$/;

/** Whoever stores the files knows their names alone. */
const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

/** Nothing from elsewhere, nothing in the page itself, and nobody may frame it. `'self'` includes its WebSockets. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/**
 * The dashboard's page and its files; undefined when the path is none of theirs. All paths below `/dashboard/` are the
 * one page, which looks at the path itself; `/` leads browsers there.
 */
export function dashboardAnswer(
  path: string,
  request: Request,
  files: DashboardFiles | undefined,
): Promise<Response> | Response | undefined {
  if (path === "/") return isForPeople(request) ? redirect() : undefined;
  if (path === "/dashboard") return redirect();
  if (!path.startsWith(PAGE) || path === "/dashboard/session") return undefined;
  if (request.method !== "GET" && request.method !== "HEAD") {
    const detail = `${request.method} does not work here; GET, HEAD do`;
    return problemResponse(problem("method-not-allowed", detail), { allow: "GET, HEAD" });
  }
  const [, name = "page.html", extension] = FILE.exec(path) ?? [];
  return fileAnswer(request, files, name, extension);
}

/** Who asks for HTML is a browser; others get the problem that they always got. */
function isForPeople({ method, headers }: Request): boolean {
  return method === "GET" && /\btext\/html\b/i.test(headers.get("accept") ?? "");
}

function redirect(): Response {
  return new Response(null, { status: 302, headers: { location: PAGE, "cache-control": "no-store", vary: "accept" } });
}

/** `extension`: of a file whose name has a hash of its contents; absent for the page. */
async function fileAnswer(
  request: Request,
  files: DashboardFiles | undefined,
  name: string,
  extension: string | undefined,
): Promise<Response> {
  const stored = await files?.fetch(`https://assets/${name}`);
  if (stored?.status !== 200) {
    await stored?.body?.cancel();
    const detail =
      "this deployment was made without the dashboard, or with another one; wrangler.toml has its [assets]";
    return problemResponse(problem("not-found", detail));
  }
  const caching = extension === undefined ? "no-cache" : "public, max-age=31536000, immutable";
  const type = TYPES[extension ?? ""] ?? "text/html; charset=utf-8";
  const headers = { ...HEADERS, "content-security-policy": POLICY, "content-type": type, "cache-control": caching };
  if (request.method === "HEAD") await stored.body?.cancel();
  return new Response(request.method === "HEAD" ? null : stored.body, { headers });
}
