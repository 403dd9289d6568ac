import { theme, themeNext } from "./theme.ts";

const NAMES = { system: "as the system", light: "light", dark: "dark" } as const;
const SIGNS = { system: "◐", light: "☀", dark: "☾" } as const;

export function ThemeButton() {
  const name = `Colours: ${NAMES[theme.value]}`;
  return (
    <button type="button" class="icon-button" onClick={themeNext} title={name} aria-label={name}>
      <span aria-hidden="true">{SIGNS[theme.value]}</span>
    </button>
  );
}
