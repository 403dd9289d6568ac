import { run } from "./program.ts";

// A reader that has gone away, such as `head`, is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

await run(process.argv.slice(2));
