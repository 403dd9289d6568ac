/** Waits until the server answers, and then says so: `node src/serve/ready.ts BASE [--dev]`. */
const READY_MS_MAX = 60_000;
const POLL_MS = 50;

async function isReady(base: string): Promise<boolean> {
  const deadline = performance.now() + READY_MS_MAX;
  while (performance.now() < deadline) {
    const ok = await fetch(`${base}/healthz`, { signal: AbortSignal.timeout(2_000) }).then(
      async (response) => {
        await response.body?.cancel();
        return response.ok;
      },
      () => false,
    );
    if (ok) return true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return false;
}

const TOUR = (base: string) => `
Synod is ready on ${base}. Try, in a second terminal:

  # watch everything, from Europe
  curl -N -H 'Accept: text/event-stream' -H 'synod-region: weur' '${base}/v1/demo/watch?prefix='

and in a third:

  # write in Oceania, read in North America
  curl -i -X PUT -H 'synod-region: oc' --data 'hello' ${base}/v1/demo/kv/greeting
  curl -i -H 'synod-region: enam' ${base}/v1/demo/kv/greeting

  # who votes, who learns, how far each has come
  curl -s ${base}/v1/demo/status

  # real distances between regions, and one region down
  curl -X PUT -H 'Content-Type: application/json' --data '{"wan":true,"down":["weur"]}' ${base}/dev/network

Ctrl-C stops it; the state stays in .wrangler.
`;

const [base = "", dev] = process.argv.slice(2);
if (!(await isReady(base))) {
  console.error(`Nothing answered on ${base} within ${READY_MS_MAX / 1_000} s.`);
  process.exit(1);
}
console.log(dev === "--dev" ? TOUR(base) : `Synod is ready on ${base}.`);
