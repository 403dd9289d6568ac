/** What `npm start` prints when it is ready. */
export function tour(url: string): string {
  return `
Synod is ready on ${url}. Try, in a second terminal:

  # watch everything, from Europe
  curl -N -H 'Accept: text/event-stream' -H 'synod-region: weur' '${url}/v1/demo/watch?prefix='

and in a third:

  # write in Oceania, read in North America
  curl -i -X PUT -H 'synod-region: oc' --data 'hello' ${url}/v1/demo/kv/greeting
  curl -i -H 'synod-region: enam' ${url}/v1/demo/kv/greeting

  # who votes, who learns, how far each has come
  curl -s ${url}/v1/demo/status

  # real distances between regions, and one region down
  curl -X PUT -H 'Content-Type: application/json' --data '{"wan":true,"down":["weur"]}' ${url}/dev/network

Ctrl-C stops it; the state stays on disk.
`;
}
