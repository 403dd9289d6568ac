#!/usr/bin/env node
// Runs what was built, or in a clone, where nothing was, the source.
import { existsSync } from "node:fs";

const built = new URL("../dist/cli/main.js", import.meta.url);
await import(existsSync(built) ? built.href : new URL("../src/cli/main.ts", import.meta.url).href);
