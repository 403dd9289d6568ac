import { z } from "zod";
import { CONFIG_BYTES_MAX } from "../../api/limits.ts";
import { ProblemError } from "../../api/problem.ts";
import {
  BINDINGS_PATH,
  BindingJson,
  BindingName,
  POLICY_BYTES_MAX,
  PRESETS,
  ROLES_PATH,
  RoleJson,
  RoleName,
} from "../../policy/documents.ts";
import { documentJson, documentPut } from "../../rollout/documents.ts";
import { POLICY_PATH, systemKey, systemPath } from "../../state/system-space.ts";
import { bodyJson } from "../body.ts";
import { coordinatorOf } from "../caller.ts";
import { jsonResponse } from "../json.ts";
import { write } from "../outcome.ts";
import { documentsLoad, keyLoad } from "../releases/load.ts";
import { type Route, route } from "../route.ts";
import {
  IN_NAMESPACE,
  JSON_WRITE_PROBLEMS,
  NONE,
  READ_HEADERS,
  READ_PROBLEMS,
  WRITE_HEADERS,
  WRITE_PROBLEMS,
  WRITTEN_HEADERS,
} from "../schemas.ts";

/** What the documents of one kind are called, and where they are. */
interface Kind<T extends object> {
  readonly noun: "role" | "binding";
  readonly plural: "roles" | "bindings";
  readonly path: string;
  readonly name: z.ZodType<string>;
  readonly schema: z.ZodType<T>;
  /** Those that every namespace has, and nobody changes. */
  readonly presets: Readonly<Record<string, T>>;
}

const WRITTEN = z.object({ revision: z.int(), name: z.string() });
const written = {
  description: "It is so",
  headers: WRITTEN_HEADERS,
  content: { "application/json": { schema: WRITTEN } },
};

function onePath({ plural }: Pick<Kind<object>, "plural">): string {
  return `/v1/{ns}/${plural}/{name}`;
}

function storedOf<T extends object>({ schema }: Kind<T>) {
  return z.intersection(z.object({ name: z.string(), mod_revision: z.int() }), schema);
}

function shown<T extends object>(name: string, value: T, revision: number) {
  return { name, mod_revision: revision, ...value };
}

function putRoute<T extends object>(kind: Kind<T>): Route {
  const { noun, path, name, schema, presets } = kind;
  return route(
    {
      method: "put",
      path: onePath(kind),
      operationId: `${noun}Put`,
      summary: `Create or replace a ${noun}; in force for everything that is ordered after it`,
      params: IN_NAMESPACE.extend({ name }),
      query: NONE,
      headers: z.object(WRITE_HEADERS),
      body: { required: true, content: { "application/json": { schema } } },
      responses: { 200: written },
      problems: JSON_WRITE_PROBLEMS,
    },
    async ({ context, request, params, headers }, deps) => {
      if (Object.hasOwn(presets, params.name)) throw isPreset(params.name);
      const document = await bodyJson(request, schema, CONFIG_BYTES_MAX);
      const coordinator = coordinatorOf(context, deps, params.ns);
      await policyFits(coordinator, JSON.stringify(document).length);
      const answer = await write(coordinator, {
        op: documentPut(systemKey(`${path}${params.name}`), document),
        requestId: headers["idempotency-key"] ?? deps.freshRequestId(),
      });
      return jsonResponse({ revision: answer.result.revision, name: params.name }, answer.headers);
    },
  );
}

function getRoute<T extends object>(kind: Kind<T>): Route {
  const { noun, path, name, schema, presets } = kind;
  return route(
    {
      method: "get",
      path: onePath(kind),
      operationId: `${noun}Get`,
      summary: `Read a ${noun}`,
      params: IN_NAMESPACE.extend({ name }),
      query: NONE,
      headers: z.object({}),
      responses: {
        200: {
          description: `The ${noun}`,
          headers: READ_HEADERS,
          content: { "application/json": { schema: storedOf(kind) } },
        },
      },
      problems: [...READ_PROBLEMS, "not-found"],
    },
    async ({ context, params }, deps) => {
      const key = systemKey(`${path}${params.name}`);
      const { value, headers } = await keyLoad(coordinatorOf(context, deps, params.ns), key);
      const preset = Object.hasOwn(presets, params.name) ? presets[params.name] : undefined;
      const found = value === undefined ? preset : schema.safeParse(documentJson(value)).data;
      if (found === undefined) throw new ProblemError("not-found", `there is no ${noun} ${params.name}`, {}, headers);
      return jsonResponse(shown(params.name, found, value?.modRevision ?? 0), headers);
    },
  );
}

function listRoute<T extends object>(kind: Kind<T>): Route {
  const { noun, plural, path, schema, presets } = kind;
  return route(
    {
      method: "get",
      path: `/v1/{ns}/${plural}`,
      operationId: `${noun}List`,
      summary: `List the ${plural}`,
      params: IN_NAMESPACE,
      query: NONE,
      headers: z.object({}),
      responses: {
        200: {
          description: "All of them",
          headers: READ_HEADERS,
          content: {
            "application/json": { schema: z.object({ revision: z.int(), [plural]: z.array(storedOf(kind)) }) },
          },
        },
      },
      problems: READ_PROBLEMS,
    },
    async ({ context, params }, deps) => {
      const { value, headers } = await documentsLoad(coordinatorOf(context, deps, params.ns), path);
      const own = value.flatMap((kv) => {
        const found = schema.safeParse(documentJson(kv)).data;
        return found === undefined ? [] : [shown(systemPath(kv.key).slice(path.length), found, kv.modRevision)];
      });
      const given = Object.entries(presets).map(([label, preset]) => shown(label, preset, 0));
      return jsonResponse({ revision: Number(headers["synod-revision"]), [plural]: [...given, ...own] }, headers);
    },
  );
}

function deleteRoute<T extends object>(kind: Kind<T>): Route {
  const { noun, path, name, presets } = kind;
  return route(
    {
      method: "delete",
      path: onePath(kind),
      operationId: `${noun}Delete`,
      summary: `Delete a ${noun}; that there was none is no error`,
      params: IN_NAMESPACE.extend({ name }),
      query: NONE,
      headers: z.object(WRITE_HEADERS),
      responses: { 200: written },
      problems: WRITE_PROBLEMS,
    },
    async ({ context, params, headers }, deps) => {
      if (Object.hasOwn(presets, params.name)) throw isPreset(params.name);
      const answer = await write(coordinatorOf(context, deps, params.ns), {
        op: { kind: "delete", key: systemKey(`${path}${params.name}`) },
        requestId: headers["idempotency-key"] ?? deps.freshRequestId(),
      });
      return jsonResponse({ revision: answer.result.revision, name: params.name }, answer.headers);
    },
  );
}

/** Reading and changing the policy documents of one kind. Whoever does needs `admin`, by the keys that it is about. */
function documentRoutes<T extends object>(kind: Kind<T>): readonly Route[] {
  return [putRoute(kind), getRoute(kind), listRoute(kind), deleteRoute(kind)];
}

function isPreset(name: string): ProblemError {
  return new ProblemError("invalid-request", `path name: ${name} is a preset`, { parameter: "name" });
}

/** Every part that decides holds all policy documents in memory. */
export async function policyFits(coordinator: Parameters<typeof documentsLoad>[0], more: number): Promise<void> {
  const { value } = await documentsLoad(coordinator, POLICY_PATH);
  const bytes = value.reduce((sum, kv) => sum + kv.value.length, more);
  if (bytes <= POLICY_BYTES_MAX) return;
  throw new ProblemError("too-large", `the policy documents of a namespace have at most ${POLICY_BYTES_MAX} bytes`);
}

export const ROLE_ROUTES = documentRoutes({
  noun: "role",
  plural: "roles",
  path: ROLES_PATH,
  name: RoleName,
  schema: RoleJson,
  presets: PRESETS,
});

export const BINDING_ROUTES = documentRoutes({
  noun: "binding",
  plural: "bindings",
  path: BINDINGS_PATH,
  name: BindingName,
  schema: BindingJson,
  presets: {},
});
