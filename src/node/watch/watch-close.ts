/** Close codes of our own; 4000 to 4999 are the application's (RFC 6455, 7.4.2). */
export const CLOSE_INVALID = 4400;
export const CLOSE_FORBIDDEN = 4401;
export const CLOSE_COMPACTED = 4410;
export const CLOSE_TOO_SLOW = 4429;
/** "Service restart" (IANA, WebSocket close codes): go on elsewhere, from the last revision. */
export const CLOSE_RESTART = 1012;
