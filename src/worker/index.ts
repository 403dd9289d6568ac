import { DurableObject } from "cloudflare:workers";
import { Hono } from "hono";

export class AcceptorObject extends DurableObject {}

export class LearnerObject extends DurableObject {}

const app = new Hono();
app.get("/healthz", (context) => context.json({ status: "ok" }));

export default app;
