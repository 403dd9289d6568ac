import { remembered } from "./remembered.ts";

type Theme = "system" | "light" | "dark";

const NEXT: Readonly<Record<Theme, Theme>> = { system: "light", light: "dark", dark: "system" };

/** The colour scheme: the system's unless somebody chose another one. */
export const theme = remembered<Theme>("theme", "system");

export function themeFollow(): void {
  theme.subscribe((value) => {
    if (value === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = value;
  });
}

export function themeNext(): void {
  theme.value = NEXT[theme.value] ?? "system";
}
