import { SELF } from "cloudflare:test";
import { clientConformance } from "../client/conformance.ts";

clientConformance("the client in workerd, over a service binding", () => ({ binding: SELF }));
