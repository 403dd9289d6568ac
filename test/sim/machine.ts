import type { Region } from "../../src/network/region.ts";
import type { Random } from "../random.ts";
import { BUILD_NEW, BUILD_OLD, type Build } from "./build.ts";
import { CLOCK_RATE_MAX, CLOCK_RATE_MIN, type Clock } from "./clock.ts";
import type { Deployment } from "./deployment.ts";
import type { Environment } from "./environment.ts";
import { Instance, type InstanceHome, type Role } from "./instance.ts";

/** A machine in a region. It runs at most one instance at a time, and starts a new one when a call or timer needs it. */
export abstract class Machine implements InstanceHome {
  readonly deployment: Deployment;
  readonly environment: Environment;
  readonly role: Role;
  readonly name: string;
  readonly region: Region;
  readonly random: Random;
  readonly clock: Clock;
  /** The release that it runs. */
  build: Build;
  instance: Instance | undefined;
  #instances = 0;
  #pausedUntil = 0;

  constructor(deployment: Deployment, role: Role, region: Region) {
    this.deployment = deployment;
    this.environment = deployment.environment;
    this.role = role;
    this.name = `${role} ${region}`;
    this.region = region;
    this.build = deployment.plan.deploys.every === undefined ? BUILD_NEW : BUILD_OLD;
    this.random = this.environment.random.fork();
    const rate = this.random.between(CLOCK_RATE_MIN, CLOCK_RATE_MAX);
    this.clock = { offsetMs: 1e9 + this.random.between(-60_000, 60_000), rate };
  }

  admit(now: number): "run" | "drop" | number {
    return this.#pausedUntil > now ? this.#pausedUntil : "run";
  }

  /** Nothing happens on it for a while, as in a long garbage collection; then everything does. */
  pause(ms: number): void {
    const { scheduler, trace } = this.environment;
    this.#pausedUntil = Math.max(this.#pausedUntil, scheduler.now + ms);
    trace.note(scheduler.now, `paused for ${Math.round(ms)} ms`, this.name);
  }

  /** Another build takes the place of the one that runs: as a crash, but that nothing durable is lost. */
  deploy(build: Build): void {
    this.build = build;
    this.crash(`is given the ${build.name} build`);
  }

  /** The running instance, or a new one. */
  wake(): Instance {
    if (this.instance !== undefined) return this.instance;
    this.instance = new Instance(this, ++this.#instances);
    this.started(this.instance);
    return this.instance;
  }

  /** Ends the instance, with all its memory. */
  protected end(): void {
    if (this.instance !== undefined) this.instance.alive = false;
    this.instance = undefined;
  }

  /** Fills a new instance with what it runs. */
  protected abstract started(instance: Instance): void;

  abstract emit(send: () => void): void;

  rest(): void {}

  abstract crash(why: string): void;
}
