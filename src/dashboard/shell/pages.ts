import type { ComponentType } from "preact";

/** A page of the dashboard. */
export interface Page {
  readonly id: string;
  readonly title: string;
  /** What it is for, in a few words. */
  readonly about: string;
  /** Pressed after `g`. */
  readonly key: string;
  readonly developmentOnly?: boolean;
  readonly component: ComponentType;
}
