/**
 * Loaded into each process of `wrangler dev` by `--import`. When the process that started it is killed with no chance
 * to say so (`kill -9`), the system hands the orphan to another parent; the orphan then ends itself in good order,
 * which ends workerd too and frees the port.
 */
const POLL_MS = 200;
const GRACE_MS = 3_000;
const parent = process.ppid;

const timer = setInterval(() => {
  if (process.ppid === parent) return;
  clearInterval(timer);
  process.kill(process.pid, "SIGTERM");
  setTimeout(() => process.exit(143), GRACE_MS).unref();
}, POLL_MS);
timer.unref();
