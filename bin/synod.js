#!/usr/bin/env node
// Runs the source in a clone, whatever was built there before; a package has no source, and what was built runs.
import { existsSync } from "node:fs";

const source = new URL("../src/cli/main.ts", import.meta.url);
await import(existsSync(source) ? source.href : new URL("../dist/cli/main.js", import.meta.url).href);
