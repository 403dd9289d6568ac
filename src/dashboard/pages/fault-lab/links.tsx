import { useSignal } from "@preact/signals";
import type { DevNetwork } from "../../../network/dev-network.ts";
import type { Region } from "../../../network/region.ts";
import { regionName } from "../../parts/format.ts";
import { cutToggled, downToggled, isCut, isDown, networkSet } from "./network.ts";

interface Props {
  readonly members: readonly Region[];
  readonly network: DevNetwork;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

const SIZE = 420;
const RADIUS = 150;
/** A link that is pulled so far breaks. */
const BREAK_PX = 60;

/** Regions in a circle, and the links between them: pull one apart to cut it, press a region to take it down. */
export function Links({ members, network }: Props) {
  const pairs = members.flatMap((a, index) => members.slice(index + 1).map((b) => [a, b] as const));
  return (
    <svg class="lab" viewBox={`0 0 ${SIZE} ${SIZE}`} role="group" aria-label="Regions and the links between them">
      {pairs.map(([a, b]) => (
        <Link key={`${a} ${b}`} a={a} b={b} members={members} network={network} />
      ))}
      {members.map((region) => (
        <Node key={region} region={region} members={members} network={network} />
      ))}
    </svg>
  );
}

function placeOf(members: readonly Region[], region: Region): Point {
  const angle = (members.indexOf(region) / members.length) * 2 * Math.PI - Math.PI / 2;
  return { x: SIZE / 2 + RADIUS * Math.cos(angle), y: SIZE / 2 + RADIUS * Math.sin(angle) };
}

function onPress(act: () => void): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    act();
  };
}

function Link({ a, b, members, network }: Props & { readonly a: Region; readonly b: Region }) {
  /** Where the link is pulled to, while it is. */
  const pulled = useSignal<Point | undefined>(undefined);
  const [from, to] = [placeOf(members, a), placeOf(members, b)];
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  const cut = isCut(network, a, b);
  const isSilent = isDown(network, a) || isDown(network, b);
  const toggle = (): void => void networkSet(cutToggled(network, a, b));
  const pull = (event: PointerEvent): void => {
    if (!(event.currentTarget instanceof SVGElement) || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const at = pointIn(event.currentTarget, event);
    const isBroken = Math.hypot(at.x - middle.x, at.y - middle.y) > BREAK_PX;
    pulled.value = isBroken ? undefined : at;
    if (!isBroken) return;
    event.currentTarget.releasePointerCapture(event.pointerId);
    if (!cut) toggle();
  };
  const at = pulled.value ?? middle;
  const path = cut
    ? gap(from, to)
    : `M${from.x} ${from.y}Q${2 * at.x - middle.x} ${2 * at.y - middle.y} ${to.x} ${to.y}`;
  return (
    <g
      class={`link-line ${cut ? "is-cut" : ""} ${isSilent ? "is-silent" : ""}`}
      role="button"
      tabindex={0}
      aria-pressed={cut}
      aria-label={`Cut the link between ${regionName(a)} and ${regionName(b)}`}
      onKeyDown={onPress(toggle)}
      onPointerDown={(event) => {
        if (cut) toggle();
        else event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={pull}
      onPointerUp={() => {
        pulled.value = undefined;
      }}
    >
      <path d={`M${from.x} ${from.y}L${to.x} ${to.y}`} class="hit" />
      <path d={path} class="seen" />
    </g>
  );
}

/** A link with a hole in the middle. */
function gap(from: Point, to: Point): string {
  const at = (share: number): string => `${from.x + (to.x - from.x) * share} ${from.y + (to.y - from.y) * share}`;
  return `M${at(0)}L${at(0.38)}M${at(0.62)}L${at(1)}`;
}

/** A place on the screen in the picture's own measure. */
function pointIn(element: SVGElement, { clientX, clientY }: PointerEvent): Point {
  const box = element.ownerSVGElement?.getBoundingClientRect() ?? new DOMRect(0, 0, SIZE, SIZE);
  const scale = SIZE / Math.min(box.width, box.height);
  return {
    x: (clientX - box.left - box.width / 2) * scale + SIZE / 2,
    y: (clientY - box.top - box.height / 2) * scale + SIZE / 2,
  };
}

function Node({ region, members, network }: Props & { readonly region: Region }) {
  const { x, y } = placeOf(members, region);
  const down = isDown(network, region);
  const toggle = (): void => void networkSet(downToggled(network, region));
  return (
    <g class={`lab-node ${down ? "is-down" : "is-up"}`} transform={`translate(${x} ${y})`}>
      <g
        role="button"
        tabindex={0}
        aria-pressed={down}
        aria-label={`Take ${regionName(region)} down`}
        onClick={toggle}
        onKeyDown={onPress(toggle)}
      >
        <circle r="26" />
      </g>
      {/* The button's name, and whether it is pressed, say the same. */}
      <text y="5" aria-hidden="true">
        {region}
      </text>
      <text y="46" class="lab-state" aria-hidden="true">
        {down ? "down" : "up"}
      </text>
    </g>
  );
}
