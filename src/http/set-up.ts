/** What a deployment without a root token says to everybody. */
export const NOT_SET_UP =
  "nobody can get in before there is a root token: wrangler secret put SYNOD_ROOT_TOKEN, then send it as a bearer token";
