export { type D1Binding, type D1Statement, fenceD1 } from "./d1.ts";
export type { Fence } from "./fence.ts";
export { fenceR2, type R2Binding } from "./r2.ts";
export { fenceStorage, type StorageBinding } from "./storage.ts";
