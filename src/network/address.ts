import { isRegion, type Region } from "./region.ts";

/** One epoch of one namespace: who its acceptors and home learners are. */
export interface Configuration {
  readonly namespace: string;
  /** Part of every name and message, so that membership can change by sealing one epoch and opening the next. */
  readonly epoch: number;
  /** Regions, one acceptor and one home learner each. 1, 3, 5 or 7, in a fixed order. */
  readonly members: readonly Region[];
}

/** Whether both name the same acceptors; their order ranks, and means nothing else. */
export function configurationEqual(a: Configuration, b: Configuration): boolean {
  return a.namespace === b.namespace && a.epoch === b.epoch && membersEqual(a.members, b.members);
}

export function membersEqual(a: readonly Region[], b: readonly Region[]): boolean {
  return a.length === b.length && a.every((member) => b.includes(member));
}

export type Role = "acceptor" | "learner" | "leader" | "register";

export interface Address {
  readonly role: Role;
  readonly namespace: string;
  readonly epoch: number;
  readonly region: Region;
}

export function addressOf(configuration: Configuration, role: Role, region: Region): Address {
  return { role, namespace: configuration.namespace, epoch: configuration.epoch, region };
}

/** A namespace's register, of which there is one: `from` says where the message comes from, and is no part of its name. */
export function registerAddress({ namespace, epoch }: Configuration, from: Region): Address {
  return { role: "register", namespace, epoch, region: from };
}

/** The object's name within its class. Namespaces hold no slash. */
export function addressName({ role, namespace, epoch, region }: Address): string {
  return role === "register" ? `${namespace}/${epoch}` : `${namespace}/${epoch}/${region}`;
}

/** The inverse of `addressName`; undefined when `name` is none of ours. */
export function addressParse(role: Role, name: string): Address | undefined {
  const [namespace, epoch, region, ...rest] = name.split("/");
  if (namespace === undefined || region === undefined || rest.length > 0 || !isRegion(region)) return undefined;
  if (!/^\d+$/.test(epoch ?? "")) return undefined;
  return { role, namespace, epoch: Number(epoch), region };
}
