import "./style/base.css";
import "./style/shell.css";
import "./style/parts.css";
import { render } from "preact";
import { liveFollow } from "./data/live.ts";
import { session, sessionLoad } from "./data/session.ts";
import { PAGES } from "./pages.ts";
import { placeFollow } from "./shell/place.ts";
import { Shell } from "./shell/shell.tsx";
import { shortcutsFollow } from "./shell/shortcuts.ts";
import { themeFollow } from "./shell/theme.ts";

themeFollow();
placeFollow();
liveFollow();
shortcutsFollow(() => PAGES.filter((page) => page.developmentOnly !== true || session.value?.development === true));
void sessionLoad();
render(<Shell pages={PAGES} />, document.body);
