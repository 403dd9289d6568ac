import { env, SELF } from "cloudflare:test";
import { clientConformance } from "../client/conformance.ts";

clientConformance("the client in workerd, over a service binding", () => ({ binding: SELF }), {
  token: (env as unknown as { readonly SYNOD_ROOT_TOKEN: string }).SYNOD_ROOT_TOKEN,
});
